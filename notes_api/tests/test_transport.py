"""HTTP and HTTPS, known hosts and trusted proxies."""

from ipaddress import ip_network

import pytest

from accounts.models import Session
from conftest import PASSWORD
from notes.models import Note

pytestmark = pytest.mark.usefixtures("_both_paths")

PUBLIC_ADDRESS = "https://notes.example.org"


@pytest.fixture
def over_https(set_environment):
    set_environment(PUBLIC_BASE_URL=PUBLIC_ADDRESS, TRUSTED_PROXIES="10.0.0.0/8 fd00::/8")


def address_of_login(client, **forwarded):
    """Return the address that a log-in is recorded with."""
    client.post("/login", {"username": "alice@example.com", "password": PASSWORD}, **forwarded)
    return Session.objects.latest("created_at").ip_address


def test_over_plain_http_nothing_asks_for_https(client):
    response = client.get("/")

    assert response.status_code == 200
    assert "Strict-Transport-Security" not in response.headers


PUBLIC_PAGES = [
    "/docs",
    "/redoc",
    "/admin/",
    "/admin/accounts/user/?q=a%20b",
    "/email/verify?token=x",
    "/password/reset/confirm?token=x",
]


@pytest.mark.parametrize("method", ["get", "head"])
def test_over_plain_http_pages_are_redirected_to_https(over_https, client, method):
    responses = {path: getattr(client, method)(path, headers={"Host": "notes.example.org"}) for path in PUBLIC_PAGES}

    assert {response.status_code for response in responses.values()} == {308}
    assert {path: response.headers["Location"] for path, response in responses.items()} == {
        path: f"{PUBLIC_ADDRESS}{path}" for path in PUBLIC_PAGES
    }


def test_a_page_is_redirected_to_the_public_address_from_any_port_and_host(over_https, client):
    response = client.get("/docs", headers={"Host": "localhost:8000"})

    assert response.headers["Location"] == f"{PUBLIC_ADDRESS}/docs"


REJECTED = [
    ("post", "/notes"),
    ("put", "/notes/0198c2e0-17d4-7e92-8a56-3c9b5d0f2e41"),
    ("patch", "/users/me"),
    ("delete", "/trash"),
    ("post", "/login"),
    ("post", "/admin/login/"),
    ("post", "/email/verify"),
    ("options", "/notes"),
    ("get", "/notes?limit=1"),
    ("head", "/notes"),
    ("get", "/"),
    ("get", "/openapi.json"),
    ("get", "/docsy"),
    ("get", "/nowhere"),
    ("get", "/static/accounts/link.css"),
]


def test_over_plain_http_everything_else_is_rejected(over_https, client):
    accepted = [(method, path) for method, path in REJECTED if not is_rejected(client, method, path)]

    assert accepted == []


def is_rejected(client, method, path):
    """Whether the request gets the problem that asks for HTTPS, without a redirect."""
    response = getattr(client, method)(path, headers={"Host": "notes.example.org"})
    kind = [response.headers[name] for name in ("Content-Type", "X-Content-Type-Options")]
    problem = {} if method == "head" else response.json()
    return (
        (response.status_code, kind) == (403, ["application/problem+json", "nosniff"])
        and "Location" not in response.headers
        and (method == "head" or (problem["code"], problem["errors"]) == ("https_required", []))
        and (method == "head" or PUBLIC_ADDRESS in problem["detail"])
    )


def test_a_write_over_plain_http_changes_nothing(over_https, as_user, alice):
    client = as_user(alice)

    assert client.post("/notes", {"title": "Milk"}, headers={"Host": "localhost"}).status_code == 403
    assert not Note.objects.exists()


def test_a_web_application_learns_that_https_is_required(set_environment, client):
    set_environment(PUBLIC_BASE_URL=PUBLIC_ADDRESS, CORS_ALLOWED_ORIGINS="https://app.example.org")
    headers = {"Host": "notes.example.org", "Origin": "https://app.example.org"}

    response = client.post("/notes", {"title": "Milk"}, headers=headers)

    assert response.json()["code"] == "https_required"
    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.org"


def test_https_is_strict(over_https, client):
    response = client.get("/", headers={"Host": "notes.example.org"}, secure=True)

    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_probes_work_over_plain_http(over_https, client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_over_https_cookies_are_secure(over_https, client):
    response = client.get("/admin/login/", headers={"Host": "notes.example.org"}, secure=True)

    assert response.cookies["csrftoken"]["secure"]


def test_over_plain_http_cookies_are_not_secure(client):
    assert not client.get("/admin/login/").cookies["csrftoken"]["secure"]


def test_the_public_host_and_this_machine_are_known(over_https, client):
    hosts = ["notes.example.org", "localhost", "127.0.0.1", "[::1]"]

    statuses = {host: client.get("/", headers={"Host": host}, secure=True).status_code for host in hosts}

    assert statuses == dict.fromkeys(hosts, 200)


def test_other_hosts_are_not_known(over_https, client):
    assert client.get("/", headers={"Host": "testserver"}, secure=True).status_code == 400


SCHEMES = [
    ("10.0.0.1", "https", 200),
    ("fd00::1", "https", 200),
    ("10.0.0.1", "http", 403),
    ("203.0.113.5", "https", 403),
    ("::ffff:10.0.0.1", "https", 200),
    ("::ffff:203.0.113.5", "https", 403),
    ("", "https", 403),
]


def test_only_a_trusted_proxy_can_mark_a_request_as_https(over_https, client):
    host = {"Host": "notes.example.org"}

    found = [
        (peer, scheme, client.get("/", headers={**host, "X-Forwarded-Proto": scheme}, REMOTE_ADDR=peer).status_code)
        for peer, scheme, _ in SCHEMES
    ]

    assert found == SCHEMES


PEERS = [
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
]


def test_the_client_is_the_peer_of_the_last_trusted_proxy(client, alice, settings):
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]

    found = [
        (peer, forwarded, address_of_login(client, headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer))
        for peer, forwarded, _ in PEERS
    ]

    assert found == PEERS


@pytest.mark.parametrize("peer", ["10.0.0.1", "::ffff:10.0.0.1"])
def test_proxies_may_be_written_as_the_system_calls_them(client, alice, set_environment, peer):
    set_environment(ALLOWED_HOSTS="testserver", TRUSTED_PROXIES="::ffff:10.0.0.0/104")
    headers = {"X-Forwarded-For": "203.0.113.5, ::ffff:10.0.0.2"}

    assert address_of_login(client, headers=headers, REMOTE_ADDR=peer) == "203.0.113.5"


def test_by_default_no_proxy_is_trusted(client, alice):
    headers = {"X-Forwarded-For": "203.0.113.5"}

    assert address_of_login(client, headers=headers, REMOTE_ADDR="127.0.0.1") == "127.0.0.1"


def test_forwarded_hosts_are_not_believed(client):
    response = client.get("/", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})

    assert response.json()["links"]["notes"] == "http://testserver/notes"
