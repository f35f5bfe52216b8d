"""The configurations in `deploy/`, with the real nginx, Caddy and Apache where they are installed."""

import re
import secrets
import sys

import pytest

from notes_api.tests.live_server import PASSWORD, serving
from notes_api.tests.reverse_proxies import CLIENT, HOSTS, PROXIES, SETTINGS, is_installed, running

WAYS = [("notes.example.org", ""), ("example.org", "/cloud")]
FORGED = {
    "X-Forwarded-For": "192.0.2.66",
    "Forwarded": "for=192.0.2.66;proto=https;host=evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Host": "evil.example",
}


@pytest.fixture(scope="module")
def servers(served_database):
    """A server for each of the two ways to publish it."""
    with (
        serving(served_database, PUBLIC_BASE_URL=SETTINGS[8000], TRUSTED_PROXIES="127.0.0.1") as host,
        serving(served_database, PUBLIC_BASE_URL=SETTINGS[8001], TRUSTED_PROXIES="127.0.0.1") as path,
    ):
        yield {8000: host, 8001: path}


@pytest.fixture(scope="module", params=PROXIES)
def site(request, servers, tmp_path_factory):
    if not is_installed(request.param):
        pytest.skip(f"not installed here: {request.param}")
    if sys.platform != "linux":
        pytest.skip(f"clients connect from {CLIENT}, an address that only Linux has by default")
    with running(request.param, tmp_path_factory.mktemp(request.param), servers) as site:
        yield site


@pytest.fixture(params=WAYS, ids=["host", "path"])
def way(request):
    return request.param


@pytest.fixture
def visitor(site, way):
    """A client of the proxy with a new account. It sends headers that only proxies should send."""
    host, prefix = way
    with site.client(host=host) as client:
        client.base_url = f"{client.base_url}{prefix}"
        client.headers.update(FORGED)
        credentials = {"username": f"{secrets.token_hex(6)}@example.com", "password": PASSWORD}
        client.post("/users", json={"email": credentials["username"], "password": PASSWORD}).raise_for_status()
        token = client.post("/login", data=credentials).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def test_a_session_has_the_address_of_its_client(visitor):
    [session] = visitor.get("/sessions").json()["results"]

    assert session["ip_address"] == CLIENT


def test_addresses_in_responses_are_public(visitor, way):
    host, prefix = way
    created = [visitor.post("/notes", json={"title": "Milk"}) for _ in range(2)]
    page = visitor.get("/notes?limit=1").json()

    assert created[0].headers["Location"] == f"{prefix}/notes/{created[0].json()['id']}"
    assert page["next"].startswith(f"https://{host}{prefix}/notes?")
    following = page["next"].removeprefix(f"https://{host}{prefix}")
    assert len(visitor.get(following).json()["results"]) == 1


def test_a_tag_with_a_slash_reaches_the_server(visitor):
    visitor.post("/notes", json={"title": "Milk", "tags": ["a/b c"]}).raise_for_status()

    assert visitor.delete("/tags/a%2Fb%20c").status_code == 204


def test_a_full_note_fits(visitor):
    content = "m" * 1_048_576

    created = visitor.post("/notes", json={"title": "Milk", "content": content})

    assert visitor.get(f"/notes/{created.json()['id']}").json()["content"] == content


def test_an_event_arrives_while_the_stream_is_open(visitor):
    with visitor.stream("GET", "/changes/stream") as stream:
        lines = stream.iter_lines()
        visitor.post("/notes", json={"title": "Milk"}).raise_for_status()

        assert next(line for line in lines if line.startswith("event:")) == "event: change"


def test_a_page_loads_all_of_its_files(visitor, way):
    def files(page):
        return {each for each in re.findall(r'(?:src|href)="(/[^"]*)"', visitor.get(page).text) if "/static/" in each}

    loaded = {page: files(page) for page in ("/docs", "/redoc", "/admin/login/")}

    assert all(loaded.values())
    statuses = {each: visitor.get(each.removeprefix(way[1])).status_code for each in set().union(*loaded.values())}
    assert {address: status for address, status in statuses.items() if status != 200} == {}


def test_the_admin_asks_for_a_login_under_its_path(visitor, way):
    host, prefix = way

    assert visitor.get("/admin").headers["Location"] == f"{prefix}/admin/"
    assert visitor.get("/admin/").headers["Location"] == f"{prefix}/admin/login/?next={prefix}/admin/"
    form = visitor.get("/admin/login/")
    values = {"csrfmiddlewaretoken": form.cookies["csrftoken"], "username": "a@example.com", "password": "wrong"}
    cookie = {"Cookie": f"csrftoken={form.cookies['csrftoken']}", "Origin": f"https://{host}"}
    assert visitor.post("/admin/login/", data=values, headers=cookie).status_code == 200


def test_over_plain_http_only_pages_are_redirected(site, way):
    host, prefix = way
    with site.client("http", host) as client:
        page, write = client.get(f"{prefix}/docs"), client.post(f"{prefix}/notes", json={"title": "Milk"})

    assert (page.status_code, page.headers["Location"]) == (308, f"https://{host}{prefix}/docs")
    assert (write.status_code, write.json()["code"]) == (403, "https_required")


def test_the_path_without_its_slash_is_redirected(site):
    with site.client(host=HOSTS[1]) as client:
        response = client.get("/cloud")

    assert response.status_code == 308
    assert response.headers["Location"].endswith("/cloud/")


def test_oauth_clients_find_the_endpoints(site, way):
    """RFC 8414, section 3.1: the path of the issuer comes last."""
    host, prefix = way
    with site.client(host=host) as client:
        metadata = client.get(f"/.well-known/oauth-authorization-server{prefix}").raise_for_status().json()
        token = client.post(metadata["token_endpoint"].removeprefix(f"https://{host}"), data={"grant_type": "x"})

    assert metadata["issuer"] == f"https://{host}{prefix}"
    assert token.json()["error"] == "unsupported_grant_type"
