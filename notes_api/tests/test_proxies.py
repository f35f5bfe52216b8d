"""What trusted proxies say about a request, in the forms that proxies write, and what anyone else says."""

import pytest

from accounts.models import Session
from conftest import PASSWORD
from notes_api.config.ip_addresses import network_of, parse_network
from notes_api.server.client_keys import ClientKeys

pytestmark = pytest.mark.usefixtures("_both_paths")

PROXY, CLIENT, FORGED = "10.0.0.1", "203.0.113.5", "192.0.2.66"
ADDRESSES = [
    ("203.0.113.5:51234", CLIENT),
    ("[2001:db8::7]:443", "2001:db8::7"),
    ("[2001:db8::7]", "2001:db8::7"),
    ("2001:DB8:0::7", "2001:db8::7"),
    ('"[2001:db8::7]:443"', "2001:db8::7"),
    ('"203.0.113.5"', CLIENT),
    ("[::ffff:203.0.113.5]:80", CLIENT),
    ("[fe80::7%eth0]:80", "fe80::7"),
    (f"{FORGED}:1, 203.0.113.5:51234", CLIENT),
    (f"{FORGED}, 203.0.113.5:51234, 10.0.0.2:80", CLIENT),
    (f"{FORGED}, [2001:db8::7]:443, [::ffff:10.0.0.2]:80", "2001:db8::7"),
    (f"{FORGED}, unknown", PROXY),
    (f"{FORGED}, _hidden", PROXY),
    (f"{FORGED}, 203.0.113.5:port", PROXY),
    (f"{FORGED}, [203.0.113.5", PROXY),
    (f"{FORGED}, 1.2.3.4.5:80", PROXY),
    (f"{FORGED}, 203.0.113.5:123456", PROXY),
    (", ".join([FORGED, *["10.0.0.2"] * 30]), "10.0.0.2"),
]
ELEMENTS = [
    ("for=203.0.113.5", CLIENT),
    ("For=203.0.113.5;proto=https;by=10.0.0.1", CLIENT),
    ('for="203.0.113.5:51234"', CLIENT),
    ('by=_me; for="[2001:db8::7]:443" ;x=y', "2001:db8::7"),
    ('for="[2001:db8::7]"', "2001:db8::7"),
    (f"for={FORGED}, for=203.0.113.5", CLIENT),
    (f"for={FORGED},for=203.0.113.5;proto=https,for=10.0.0.2", CLIENT),
    (f'for="{FORGED}, for=203.0.113.5', CLIENT),
    (f'for={FORGED};x=", for="[2001:db8::7]"', "2001:db8::7"),
    (f"for={FORGED}, for=unknown", PROXY),
    (f"for={FORGED}, for=_hidden", PROXY),
    (f"for={FORGED}, proto=https", PROXY),
    (f"for={FORGED}, for", PROXY),
    (f'for={FORGED}, for="203.0.113.5', PROXY),
]


@pytest.fixture(autouse=True)
def _behind_a_proxy(settings):
    settings.TRUSTED_PROXIES = [parse_network("10.0.0.0/8")]


def address_of_login(client, peer=PROXY, **headers):
    """Return the address that a log-in is recorded with."""
    body = {"username": "alice@example.com", "password": PASSWORD}
    client.post("/login", body, headers=headers, REMOTE_ADDR=peer)
    return Session.objects.latest("created_at").ip_address


def test_the_address_of_the_client_is_read_in_every_form(client, alice):
    found = [(value, address_of_login(client, **{"X-Forwarded-For": value})) for value, _ in ADDRESSES]

    assert found == ADDRESSES


def test_the_address_of_the_client_is_read_from_forwarded(client, alice):
    assert [(value, address_of_login(client, Forwarded=value)) for value, _ in ELEMENTS] == ELEMENTS


def test_a_client_cannot_override_a_proxy_that_does_not_know_forwarded(client, alice):
    headers = {"X-Forwarded-For": CLIENT, "Forwarded": f"for={FORGED}"}

    assert address_of_login(client, **headers) == CLIENT


@pytest.mark.parametrize("forwarded", [ADDRESSES[0][0], ADDRESSES[1][0], ADDRESSES[9][0]])
def test_a_header_of_anyone_else_is_ignored(client, alice, forwarded):
    headers = {"X-Forwarded-For": forwarded, "Forwarded": f'for="{forwarded}"'}

    assert address_of_login(client, peer="198.51.100.7", **headers) == "198.51.100.7"


@pytest.mark.parametrize(("name", "table"), [(b"x-forwarded-for", ADDRESSES), (b"forwarded", ELEMENTS)])
def test_the_turn_of_a_request_is_that_of_its_client(name, table):
    turns = [(value, network_of_turn(name, value)) for value, _ in table]

    assert turns == [(value, network_of(address)) for value, address in table]


def network_of_turn(name, value):
    return ClientKeys().find({"path": "/notes", "client": (PROXY, 1), "headers": [(name, value.encode())]})


@pytest.fixture
def over_https(set_environment):
    set_environment(PUBLIC_BASE_URL="https://notes.example.org", TRUSTED_PROXIES="10.0.0.0/8")


def status_of(client, peer=PROXY, host="notes.example.org", **headers):
    return client.get("/", headers={"Host": host, **headers}, REMOTE_ADDR=peer).status_code


PROTOCOLS = [
    ({"X-Forwarded-Proto": "https"}, 200),
    ({"X-Forwarded-Proto": "HTTPS"}, 200),
    ({"X-Forwarded-Proto": " Https "}, 200),
    ({"X-Forwarded-Proto": "http, https"}, 200),
    ({"X-Forwarded-Proto": "https, http"}, 403),
    ({"X-Forwarded-Proto": "https, http", "X-Forwarded-For": f"{CLIENT}, 10.0.0.2"}, 200),
    ({"X-Forwarded-Proto": "https", "X-Forwarded-For": f"{CLIENT}, 10.0.0.2"}, 200),
    ({"X-Forwarded-Proto": "httpss"}, 403),
    ({"X-Forwarded-Proto": ""}, 403),
    ({"Forwarded": f"for={CLIENT};proto=https"}, 200),
    ({"Forwarded": f'for={CLIENT};PROTO="HTTPS"'}, 200),
    ({"Forwarded": "proto=https"}, 200),
    ({"Forwarded": f"for={FORGED};proto=https, for={CLIENT};proto=http"}, 403),
    ({"Forwarded": f"for={CLIENT};proto=https, for=10.0.0.2;proto=http"}, 200),
    ({"Forwarded": f"for={FORGED};proto=https", "X-Forwarded-For": CLIENT}, 403),
]
HOSTS = [
    ({"X-Forwarded-Host": "notes.example.org"}, 200),
    ({"X-Forwarded-Host": "notes.example.org:443"}, 200),
    ({"X-Forwarded-Host": "evil.example, notes.example.org"}, 200),
    ({"X-Forwarded-Host": "notes.example.org, evil.example"}, 400),
    ({"X-Forwarded-Host": "evil.example"}, 400),
    ({"X-Forwarded-Host": "notes.example.org, inner", "X-Forwarded-For": f"{CLIENT}, 10.0.0.2"}, 200),
    ({"Forwarded": f"for={CLIENT};host=notes.example.org"}, 200),
    ({"Forwarded": f"for={CLIENT};host=evil.example"}, 400),
]


def test_the_protocol_is_that_of_the_client(over_https, client):
    assert [(headers, status_of(client, **headers)) for headers, _ in PROTOCOLS] == PROTOCOLS
    assert {status_of(client, peer="198.51.100.7", **headers) for headers, _ in PROTOCOLS} == {403}


def test_the_host_is_that_which_the_client_named(over_https, client):
    https = {"X-Forwarded-Proto": "https"}

    assert [(headers, status_of(client, host="inner", **https, **headers)) for headers, _ in HOSTS] == HOSTS


def test_the_host_of_anyone_else_is_ignored(over_https, client):
    headers = {"X-Forwarded-Host": "notes.example.org", "Forwarded": "host=notes.example.org"}

    assert status_of(client, peer="198.51.100.7", host="inner", **headers) == 400
