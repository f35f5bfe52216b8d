"""What every answer says to caches, browsers, frames and other origins; and what is believed of proxies."""

import runpy
from ipaddress import ip_network

import pytest

from accounts.models import Session
from conftest import PASSWORD
from notes_api import settings as product

NOWHERE = "/notes/01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
PUBLIC_ADDRESS = "https://notes.example.org"
ORIGIN = "https://app.example.org"
TRANSPORT = [
    "ALLOWED_HOSTS",
    "CSRF_COOKIE_SECURE",
    "CSRF_TRUSTED_ORIGINS",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_SECURE",
    "TRUSTED_PROXIES",
    "CORS_ALLOWED_ORIGINS",
]
PAGES = ["/docs", "/redoc", "/admin/login/"]
API_PATHS = ["/", "/notes", NOWHERE, "/users/me", "/sessions", "/nothing", "/openapi.json"]


@pytest.fixture
def environment(monkeypatch, settings):
    """`environment(PUBLIC_BASE_URL=…)`: serve as these variables say."""

    def environment(**variables):
        monkeypatch.delenv("ALLOWED_HOSTS")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        read = runpy.run_path(product.__file__)
        for name in TRANSPORT:
            setattr(settings, name, read[name])

    return environment


@pytest.fixture
def over_https(environment):
    environment(PUBLIC_BASE_URL=PUBLIC_ADDRESS, TRUSTED_PROXIES="10.0.0.0/8 fd00::/8")


def address_of_login(client, **forwarded):
    """The address that a log-in is taken to come from."""
    client.post("/login", {"username": "alice@example.com", "password": PASSWORD}, **forwarded)
    return Session.objects.get().ip_address


@pytest.mark.parametrize("address", API_PATHS)
def test_answers_are_private_and_revalidated(as_user, alice, address):
    response = as_user(alice).get(address)

    assert response.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Accept"} <= set(response.headers["Vary"].split(", "))


@pytest.mark.parametrize("address", API_PATHS)
def test_refusals_are_private_too(client, address):
    assert client.get(address).headers["Cache-Control"] == "private, no-cache"


def test_what_is_unmodified_keeps_its_headers(as_user, alice):
    client = as_user(alice)
    note = client.post("/notes", {"title": "Milk"})

    response = client.get(note.headers["Location"], headers={"If-None-Match": note.headers["ETag"]})

    assert response.status_code == 304
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in response.headers["Vary"]


@pytest.mark.parametrize("address", [*API_PATHS, "/livez", *PAGES])
def test_no_answer_is_sniffed_framed_or_referred(client, address):
    response = client.get(address)

    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("address", API_PATHS)
def test_an_answer_of_the_api_may_load_nothing(client, address):
    response = client.get(address)

    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("address", PAGES)
def test_a_page_may_load_from_its_own_host_only(client, address):
    policy = client.get(address).headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "http" not in policy
    assert "script-src 'unsafe" not in policy


@pytest.mark.parametrize("address", [*API_PATHS, "/livez"])
def test_the_api_sets_no_cookie(as_user, alice, address):
    assert not as_user(alice).get(address).cookies


def test_a_login_sets_no_cookie(client, alice):
    assert not client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).cookies


def test_by_default_no_other_origin_may_read(client):
    response = client.get("/notes", headers={"Origin": ORIGIN})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Expose-Headers" not in response.headers


def test_an_allowed_origin_may_read_the_headers_that_matter(as_user, alice, environment):
    environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")

    response = as_user(alice).get("/notes", headers={"Origin": ORIGIN})

    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert set(response.headers["Access-Control-Expose-Headers"].split(", ")) == {
        "ETag",
        "Link",
        "Location",
        "Retry-After",
        "X-Request-ID",
        "Idempotency-Replayed",
    }


def test_an_allowed_origin_may_read_refusals(client, environment):
    environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")

    assert client.get("/notes", headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example.org", f"{ORIGIN}.evil.example", "null"])
def test_another_origin_may_not_read(client, environment, origin):
    environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")

    response = client.get("/notes", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "origin" in response.headers["Vary"].split(", ")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_allowed_origin_may_ask_what_it_may_send(client, environment, method):
    environment(CORS_ALLOWED_ORIGINS=ORIGIN, ALLOWED_HOSTS="testserver")
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization, content-type, if-match, if-none-match, idempotency-key",
    }

    response = client.options(NOWHERE, headers=asked)

    assert response.status_code == 200
    assert method in response.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type", "if-match", "if-none-match", "idempotency-key"} <= set(
        response.headers["Access-Control-Allow-Headers"].split(", ")
    )


def test_over_plain_http_nothing_asks_for_https(client):
    response = client.get("/")

    assert response.status_code == 200
    assert "Strict-Transport-Security" not in response.headers


def test_plain_http_is_redirected_to_https(over_https, client):
    response = client.get("/notes?limit=1", headers={"Host": "notes.example.org"})

    assert response.status_code == 301
    assert response.headers["Location"] == f"{PUBLIC_ADDRESS}/notes?limit=1"


def test_https_is_strict(over_https, client):
    response = client.get("/", headers={"Host": "notes.example.org"}, secure=True)

    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_probes_are_answered_over_plain_http(over_https, client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_over_https_cookies_are_secure(over_https, client):
    response = client.get("/admin/login/", headers={"Host": "notes.example.org"}, secure=True)

    assert response.cookies["csrftoken"]["secure"]


def test_over_plain_http_cookies_are_not_secure(client):
    assert not client.get("/admin/login/").cookies["csrftoken"]["secure"]


@pytest.mark.parametrize("host", ["notes.example.org", "localhost", "127.0.0.1", "[::1]"])
def test_the_public_host_and_this_machine_are_known(over_https, client, host):
    assert client.get("/", headers={"Host": host}, secure=True).status_code == 200


def test_other_hosts_are_not_known(over_https, client):
    assert client.get("/", headers={"Host": "testserver"}, secure=True).status_code == 400


@pytest.mark.parametrize(
    ("peer", "scheme", "status"),
    [
        ("10.0.0.1", "https", 200),
        ("fd00::1", "https", 200),
        ("10.0.0.1", "http", 301),
        ("203.0.113.5", "https", 301),
        ("::ffff:10.0.0.1", "https", 200),
        ("::ffff:203.0.113.5", "https", 301),
        ("", "https", 301),
    ],
)
def test_only_a_trusted_proxy_says_that_a_request_came_by_https(over_https, client, peer, scheme, status):
    headers = {"Host": "notes.example.org", "X-Forwarded-Proto": scheme}

    assert client.get("/", headers=headers, REMOTE_ADDR=peer).status_code == status


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5,10.0.0.2,10.0.0.3", "203.0.113.5"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, ::ffff:10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),
        ("::ffff:198.51.100.7", "203.0.113.5", "198.51.100.7"),
        ("10.0.0.1", "fe80::7%eth0", "fe80::7"),
        ("fe80::a00:27ff:fe4e:66a1%enp0s31f6.vlan2", "203.0.113.5", "fe80::a00:27ff:fe4e:66a1"),
        ("10.0.0.1", "nonsense, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "203.0.113.5, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", " , ", "10.0.0.1"),
        ("198.51.100.7", "203.0.113.5", "198.51.100.7"),
        ("198.51.100.7", "10.0.0.1", "198.51.100.7"),
    ],
)
def test_the_client_is_whom_the_last_trusted_proxy_saw(client, alice, settings, peer, forwarded, address):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]

    assert address_of_login(client, headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer) == address


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_proxies_may_be_written_as_the_system_calls_them(client, alice, environment, peer):
    environment(ALLOWED_HOSTS="testserver", TRUSTED_PROXIES="::ffff:10.0.0.0/104")
    headers = {"X-Forwarded-For": "203.0.113.5, ::ffff:10.0.0.2"}

    assert address_of_login(client, headers=headers, REMOTE_ADDR=peer) == "203.0.113.5"


def test_by_default_no_proxy_is_trusted(client, alice):
    headers = {"X-Forwarded-For": "203.0.113.5"}

    assert address_of_login(client, headers=headers, REMOTE_ADDR="127.0.0.1") == "127.0.0.1"


def test_forwarded_hosts_are_not_believed(client):
    response = client.get("/", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})

    assert response.json()["links"]["notes"] == "http://testserver/notes"
