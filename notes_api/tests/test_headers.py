"""The headers of every response for caches, browsers, frames and other origins."""

import pytest

from conftest import NOWHERE, PASSWORD

pytestmark = pytest.mark.usefixtures("_both_paths")

UNKNOWN_NOTE = f"/notes/{NOWHERE}"
ORIGIN = "https://app.example.org"
PAGES = ["/docs", "/redoc", "/admin/login/"]
API_PATHS = ["/", "/notes", UNKNOWN_NOTE, "/users/me", "/sessions", "/nothing", "/openapi.json"]


def headers_of(client, name, addresses):
    """Return the header of each of the responses."""
    return {address: client.get(address).headers.get(name, "") for address in addresses}


def test_responses_are_private_and_revalidated(as_user, alice):
    client = as_user(alice)
    varies = headers_of(client, "Vary", API_PATHS)

    assert headers_of(client, "Cache-Control", API_PATHS) == dict.fromkeys(API_PATHS, "private, no-cache")
    assert [path for path, vary in varies.items() if not {"Authorization", "Accept"} <= set(vary.split(", "))] == []


def test_errors_are_private_too(client):
    assert headers_of(client, "Cache-Control", API_PATHS) == dict.fromkeys(API_PATHS, "private, no-cache")


def test_a_304_keeps_its_headers(as_user, alice):
    client = as_user(alice)
    note = client.post("/notes", {"title": "Milk"})

    response = client.get(note.headers["Location"], headers={"If-None-Match": note.headers["ETag"]})

    assert response.status_code == 304
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response.headers["Vary"]


PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_no_response_may_be_sniffed_framed_or_referred(client):
    addresses = [*API_PATHS, "/livez", *PAGES]

    responses = {address: client.get(address) for address in addresses}

    found = {address: {name: each.headers.get(name) for name in PROTECTION} for address, each in responses.items()}
    assert found == dict.fromkeys(addresses, PROTECTION)


def test_a_response_of_the_api_may_load_nothing(client):
    policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"

    assert headers_of(client, "Content-Security-Policy", API_PATHS) == dict.fromkeys(API_PATHS, policy)


def test_a_page_may_load_from_its_own_host_only(client, subtests):
    for address in PAGES:
        with subtests.test(address=address):
            policy = client.get(address).headers["Content-Security-Policy"]

            assert "frame-ancestors 'none'" in policy
            assert "base-uri 'none'" in policy
            assert "object-src 'none'" in policy or "default-src 'none'" in policy
            assert "http" not in policy
            assert "script-src 'unsafe" not in policy


def test_the_api_sets_no_cookie(as_user, alice):
    client = as_user(alice)

    assert [address for address in [*API_PATHS, "/livez"] if client.get(address).cookies] == []


def test_a_login_sets_no_cookie(client, alice):
    assert not client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).cookies


def test_by_default_no_other_origin_may_read(client):
    response = client.get("/notes", headers={"Origin": ORIGIN})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Expose-Headers" not in response.headers


def test_an_allowed_origin_may_read_the_headers_that_matter(as_user, alice, set_environment):
    set_environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")

    response = as_user(alice).get("/notes", headers={"Origin": ORIGIN})

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert set(response.headers["Access-Control-Expose-Headers"].split(", ")) == {
        "ETag",
        "Link",
        "Location",
        "Preference-Applied",
        "Retry-After",
        "X-Request-ID",
        "Idempotency-Replayed",
    }


def test_an_allowed_origin_may_read_errors(client, set_environment):
    set_environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")

    assert client.get("/notes", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN


def test_another_origin_may_not_read(client, set_environment):
    set_environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")
    origins = ["https://evil.example", "http://app.example.org", f"{ORIGIN}.evil.example", "null"]

    responses = {origin: client.get("/notes", headers={"Origin": origin}) for origin in origins}

    assert [origin for origin in origins if "Access-Control-Allow-Origin" in responses[origin].headers] == []
    assert [origin for origin in origins if "origin" not in responses[origin].headers["Vary"].split(", ")] == []


def test_an_allowed_origin_may_ask_what_it_may_send(client, set_environment):
    set_environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type, if-match, if-none-match, idempotency-key",
    }

    response = client.options(UNKNOWN_NOTE, headers=asked)

    assert response.status_code == 200
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        response.headers["Access-Control-Allow-Methods"].split(", ")
    )
    assert {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"} <= set(
        response.headers["Access-Control-Allow-Headers"].split(", ")
    )
