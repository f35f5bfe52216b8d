from django.urls import path

from notes_api.tests.edge import views

urlpatterns = [
    path("plain", views.plain),
    path("livez", views.thread),
    path("thread", views.thread),
    path("login", views.thread),
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
