"""The whole URL map: what the apps serve, and what stands around it."""

from django.contrib import admin
from django.urls import include, path, register_converter
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularYAMLAPIView

from notes_api.converters import IdConverter
from notes_api.health import livez, readyz
from notes_api.methods import read_only
from notes_api.pages import index, redoc, swagger

register_converter(IdConverter, "id")

urlpatterns = [
    path("", index),
    # In this order: each pattern before the one that fits has to be tried.
    path("", include("notes.urls")),
    path("", include("accounts.urls")),
    path("openapi.json", read_only(SpectacularJSONAPIView.as_view())),
    path("openapi.yaml", read_only(SpectacularYAMLAPIView.as_view())),
    path("docs", swagger),
    path("redoc", redoc),
    path("admin/", admin.site.urls),
    path("livez", livez),
    path("readyz", readyz),
]

handler400 = "notes_api.handlers.bad_request"
handler403 = "notes_api.handlers.permission_denied"
handler404 = "notes_api.handlers.not_found"
handler500 = "notes_api.handlers.server_error"
