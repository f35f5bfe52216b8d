"""The index and the documentation. Their pages load nothing from third-party hosts."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from notes_api.rest.decorators import read_only
from notes_api.rest.public_path import public_path
from notes_api.rest.public_url import public_url

LINKS = {
    "docs": "/docs",
    "redoc": "/redoc",
    "openapi": "/openapi.json",
    "register": "/users",
    "login": "/login",
    "notes": "/notes",
    "mcp": "/mcp",
    "livez": "/livez",
    "readyz": "/readyz",
}


@read_only
def index(request: HttpRequest) -> HttpResponse:
    """Return the links to the parts of the API."""
    links = {name: public_url(request, public_path(request, path)) for name, path in LINKS.items()}
    return JsonResponse({"name": "Cloud Notes API", "links": links})


@read_only
def admin_index(request: HttpRequest) -> HttpResponse:
    """Add the slash that people leave out."""
    return HttpResponseRedirect(reverse("admin:index"))


@read_only
def swagger(request: HttpRequest) -> HttpResponse:
    return render_page(request, "notes_api/swagger.html")


@read_only
def swagger_redirect(request: HttpRequest) -> HttpResponse:
    """Show the page to which a log-in in Swagger UI leads back. Its address has the code, so it sends no `Referer`."""
    response = render_page(request, "notes_api/swagger_redirect.html")
    response["Referrer-Policy"] = "no-referrer"
    return response


@read_only
def redoc(request: HttpRequest) -> HttpResponse:
    return render_page(request, "notes_api/redoc.html")


def render_page(request: HttpRequest, template: str) -> HttpResponse:
    """Render a page that browsers ask for again each time: it changes with an upgrade."""
    response = render(request, template)
    response["Cache-Control"] = "no-cache"
    return response
