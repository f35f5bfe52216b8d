"""The index, /docs and /redoc: nothing on them comes from a third-party host."""

import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders

OWN_SCRIPTS = ["notes_api/swagger.js", "notes_api/redoc.js", "notes_api/docs.css", "notes_api/pages.css"]


def addresses(response):
    """Return everything that the page would load."""
    return re.findall(r'(?:src|href)="([^"]*)"', response.content.decode())


def test_the_index_links_to_everything(client):
    response = client.get("/")

    assert response.status_code == 200
    assert response.json() == {
        "name": "Cloud Notes API",
        "links": {
            "docs": "http://testserver/docs",
            "redoc": "http://testserver/redoc",
            "openapi": "http://testserver/openapi.json",
            "register": "http://testserver/users",
            "login": "http://testserver/login",
            "notes": "http://testserver/notes",
            "mcp": "http://testserver/mcp",
            "livez": "http://testserver/livez",
            "readyz": "http://testserver/readyz",
        },
    }


PAGES = ["/docs", "/docs/oauth2-redirect.html", "/redoc"]


@pytest.mark.parametrize(
    ("page", "marker"),
    [
        ("/docs", b"swagger-ui"),
        ("/docs/oauth2-redirect.html", b"swagger-ui-dist/oauth2-redirect."),
        ("/redoc", b"redoc"),
    ],
)
def test_the_documentation_is_a_page(client, page, marker):
    response = client.get(page)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-cache"
    assert marker in response.content


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_documentation_loads_its_own_files_only(client, page):
    found = addresses(client.get(page))

    assert found
    assert [address for address in found if not address.startswith("/static/")] == ["openapi.json"]


@pytest.mark.parametrize("page", PAGES)
def test_every_file_of_the_documentation_exists(client, page):
    responses = [client.get(urljoin(page, address)) for address in addresses(client.get(page))]
    for response in responses:
        response.close()

    assert {response.status_code for response in responses} == {200}


@pytest.mark.parametrize("page", PAGES)
def test_the_browser_would_load_nothing_from_elsewhere(client, page):
    policy = client.get(page).headers["Content-Security-Policy"]

    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "http" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("page", PAGES)
def test_the_documentation_runs_no_script_of_the_page(client, page):
    assert re.findall(rb"<script(?![^>]*src=)", client.get(page).content) == []


def test_the_code_in_the_address_of_a_log_in_is_not_sent_on(client):
    assert client.get("/docs/oauth2-redirect.html?code=x").headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("file", OWN_SCRIPTS)
def test_our_own_scripts_name_no_other_host(file):
    assert "//" not in Path(finders.find(file)).read_text()


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_the_documentation_refuses_query_parameters(client, page, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(page)
