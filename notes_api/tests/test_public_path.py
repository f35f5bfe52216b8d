"""Paths in responses behind a proxy that removes the beginning of each path."""

import re

import pytest

from notes.tests.factories import make_note
from notes_api.config.ip_addresses import parse_network

pytestmark = pytest.mark.usefixtures("_both_paths")

PROXY = "10.0.0.1"
FORWARDED = {"Host": "example.org", "X-Forwarded-Proto": "https"}
PREFIXED = {"X-Forwarded-Prefix": "/cloud/"}


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = [parse_network("10.0.0.0/8")]


def test_the_prefix_that_a_proxy_removes_is_part_of_every_path(as_user, alice):
    client = as_user(alice)

    response = client.post("/notes", {"title": "Milk"}, headers=PREFIXED, REMOTE_ADDR=PROXY)

    assert response.headers["Location"] == f"/cloud/notes/{response.json()['id']}"


NOT_PATHS = [
    *("//evil.example", "https://evil.example", "/a/../b", "/a b", "/a?b", "/a#b", "/%2e", "/<script>", "cloud", "/"),
    "\\\\a",
]


def test_a_prefix_that_is_not_a_path_is_ignored(as_user, alice):
    client = as_user(alice)

    def location(prefix):
        headers = {"X-Forwarded-Prefix": prefix}
        return client.post("/notes", {"title": "Milk"}, headers=headers, REMOTE_ADDR=PROXY).headers["Location"]

    locations = {prefix: location(prefix) for prefix in NOT_PATHS}
    assert {prefix: path for prefix, path in locations.items() if not path.startswith("/notes/")} == {}


def test_the_prefix_of_anyone_else_is_ignored(as_user, alice):
    response = as_user(alice).post("/notes", {"title": "Milk"}, headers=PREFIXED, REMOTE_ADDR="198.51.100.7")

    assert response.headers["Location"].startswith("/notes/")


# Also the beginning of a path of this server, and a path of two parts.
@pytest.fixture(params=["/notes", "/a/b"])
def prefix(request, set_environment):
    set_environment(PUBLIC_BASE_URL=f"https://example.org{request.param}", TRUSTED_PROXIES="10.0.0.0/8")
    return request.param


def test_locations_begin_with_the_path_of_the_public_address(prefix, as_user, alice):
    client = as_user(alice)

    response = client.post("/notes", {"title": "Milk"}, headers=FORWARDED, REMOTE_ADDR=PROXY)

    assert response.headers["Location"] == f"{prefix}/notes/{response.json()['id']}"


def test_the_location_of_a_minimal_response_begins_with_the_path(prefix, as_user, alice):
    note = make_note(owner=alice)

    response = as_user(alice).patch(
        f"/notes/{note.pk}", {"title": "Tea"}, headers={**FORWARDED, "Prefer": "return=minimal"}, REMOTE_ADDR=PROXY
    )

    assert response.headers["Location"] == f"{prefix}/notes/{note.pk}"


def test_the_next_page_begins_with_the_public_address(prefix, as_user, alice):
    for _ in range(2):
        make_note(owner=alice)

    page = as_user(alice).get("/notes?limit=1", headers=FORWARDED, REMOTE_ADDR=PROXY)

    assert page.json()["next"].startswith(f"https://example.org{prefix}/notes?")


def test_the_index_begins_with_the_public_address(prefix, client):
    links = client.get("/", headers=FORWARDED, REMOTE_ADDR=PROXY).json()["links"]

    assert links["docs"] == f"https://example.org{prefix}/docs"
    assert links["notes"] == f"https://example.org{prefix}/notes"


def test_pages_load_their_files_from_under_the_path(prefix, client):
    def files(page):
        content = client.get(page, headers=FORWARDED, REMOTE_ADDR=PROXY).content.decode()
        return [address for address in re.findall(r'(?:src|href)="(/[^"]*)"', content) if "static" in address]

    loaded = {page: files(page) for page in ("/docs", "/redoc", "/admin/login/")}

    assert all(loaded.values())
    assert [name for names in loaded.values() for name in names if not name.startswith(f"{prefix}/static/")] == []


def test_a_file_is_found_under_the_path_that_the_proxy_removes(prefix, client):
    response = client.get("/static/notes_api/pages.css", headers=FORWARDED, REMOTE_ADDR=PROXY)

    assert b"".join(response.streaming_content).startswith(b"body")
    response.close()


def test_the_openapi_document_names_the_path(prefix, client):
    document = client.get("/openapi.json", headers=FORWARDED, REMOTE_ADDR=PROXY).json()
    schemes = document["components"]["securitySchemes"]
    flow = schemes["login"]["flows"]["password"]

    assert document["servers"] == [{"url": prefix}]
    assert (flow["tokenUrl"], flow["refreshUrl"]) == (f"{prefix}/login", f"{prefix}/login/refresh")
    assert schemes["program"]["flows"]["authorizationCode"]["authorizationUrl"] == f"{prefix}/authorize"


def test_the_openapi_document_of_a_host_of_its_own_remembers_no_path(client):
    client.get("/openapi.json", headers=PREFIXED, REMOTE_ADDR=PROXY)

    assert b"/cloud" not in client.get("/openapi.json", REMOTE_ADDR=PROXY).content


def test_the_admin_and_its_cookies_stay_under_the_path(prefix, client):
    redirect = client.get("/admin/", headers=FORWARDED, REMOTE_ADDR=PROXY)
    form = client.get("/admin/login/", headers=FORWARDED, REMOTE_ADDR=PROXY)

    assert redirect.headers["Location"] == f"{prefix}/admin/login/?next={prefix}/admin/"
    assert form.cookies["csrftoken"]["path"] == f"{prefix}/"
    assert client.get("/admin", headers=FORWARDED, REMOTE_ADDR=PROXY).headers["Location"] == f"{prefix}/admin/"


def test_plain_http_is_redirected_to_the_page_under_the_path(prefix, client):
    response = client.get("/docs?a=b", headers={"Host": "example.org"}, REMOTE_ADDR=PROXY)

    assert response.headers["Location"] == f"https://example.org{prefix}/docs?a=b"


def test_probes_and_errors_are_found_without_the_path(prefix, client):
    assert client.get("/livez", headers={"Host": "10.0.0.5"}).status_code == 200
    assert client.get("/nowhere", headers=FORWARDED, REMOTE_ADDR=PROXY).json()["code"] == "not_found"


def test_pages_without_a_path_do_not_remember_it(client):
    client.get("/docs", headers=PREFIXED, REMOTE_ADDR=PROXY)

    assert b'"/static/' in client.get("/docs", REMOTE_ADDR=PROXY).content
