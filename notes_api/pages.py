"""The index and the documentation. Their pages load nothing from third-party hosts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from notes_api.rest.decorators import read_only

LINKS = {
    "docs": "/docs",
    "redoc": "/redoc",
    "openapi": "/openapi.json",
    "register": "/users",
    "login": "/login",
    "notes": "/notes",
    "livez": "/livez",
    "readyz": "/readyz",
}


@read_only
def index(request: HttpRequest) -> HttpResponse:
    """Return the links to the parts of the API."""
    links = {name: request.build_absolute_uri(path) for name, path in LINKS.items()}
    return JsonResponse({"name": "Cloud Notes API", "links": links})


@read_only
def swagger(request: HttpRequest) -> HttpResponse:
    return render_page(request, "notes_api/swagger.html")


@read_only
def redoc(request: HttpRequest) -> HttpResponse:
    return render_page(request, "notes_api/redoc.html")


def render_page(request: HttpRequest, template: str) -> HttpResponse:
    """Render a page that browsers ask for again each time: it changes with an upgrade."""
    response = render(request, template)
    response["Cache-Control"] = "no-cache"
    return response
