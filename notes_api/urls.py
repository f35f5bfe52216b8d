"""The URL map of the project: the apps, the documentation, the admin and the health checks."""

from django.contrib import admin
from django.urls import include, path, register_converter
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularYAMLAPIView

from notes_api.pages import admin_index, index, redoc, swagger, swagger_redirect
from notes_api.rest.converters import IdConverter
from notes_api.rest.decorators import read_only
from notes_api.rest.renderers import FastJSONRenderer, OpenAPIRenderer
from notes_api.server.health import livez, readyz
from notes_api.server.metrics_view import metrics

register_converter(IdConverter, "id")

openapi_json = SpectacularJSONAPIView.as_view(renderer_classes=[OpenAPIRenderer, FastJSONRenderer])

urlpatterns = [
    path("", index),
    # Notes first: Django tries the patterns in order, and most requests are for notes.
    path("", include("notes.urls")),
    path("", include("accounts.urls")),
    path("openapi.json", read_only(openapi_json)),
    path("openapi.yaml", read_only(SpectacularYAMLAPIView.as_view())),
    path("docs", swagger),
    path("docs/oauth2-redirect.html", swagger_redirect),
    path("redoc", redoc),
    path("admin", admin_index),
    path("admin/", admin.site.urls),
    path("livez", livez),
    path("readyz", readyz),
    path("metrics", metrics),
]

handler400 = "notes_api.rest.error_handlers.bad_request"
handler403 = "notes_api.rest.error_handlers.permission_denied"
handler404 = "notes_api.rest.error_handlers.not_found"
handler500 = "notes_api.rest.error_handlers.server_error"
