import os
import time
from pathlib import Path

from django.urls import path

from notes_api.server import draining_server
from notes_api.server.health import readyz
from notes_api.tests.edge import views

if (slow_start := Path(os.environ.get("EDGE_SLOW_START", "/nowhere"))).exists():
    time.sleep(float(slow_start.read_text()))

draining_server.ACCEPT_SECONDS = float(os.environ.get("EDGE_ACCEPT_SECONDS", draining_server.ACCEPT_SECONDS))

urlpatterns = [
    path("plain", views.plain),
    path("livez", views.thread),
    path("readyz", readyz),
    path("thread", views.thread),
    path("login", views.hashing_thread),
    path("empty", views.empty),
    path("slow", views.slow),
    path("admin/slow", views.slow),
    path("query", views.query),
    path("parts", views.parts),
    path("events", views.events),
    path("broken-stream", views.broken_stream),
    path("seen", views.seen),
    path("echo", views.EchoView.as_view()),
    path("guarded", views.GuardedView.as_view()),
    path("guarded/small", views.GuardedView.as_view()),
]
