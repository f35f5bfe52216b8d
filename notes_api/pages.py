"""The front door and the documentation; nothing on these pages comes from a third-party host."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from notes_api.methods import read_only

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
    """Where everything is."""
    links = {name: request.build_absolute_uri(path) for name, path in LINKS.items()}
    return JsonResponse({"name": "Cloud Notes API", "links": links})


@read_only
def swagger(request: HttpRequest) -> HttpResponse:
    return render(request, "notes_api/swagger.html")


@read_only
def redoc(request: HttpRequest) -> HttpResponse:
    return render(request, "notes_api/redoc.html")
