"""For whom a request counts: the account of a token that was valid here, or else the network."""

import json

import pytest

from accounts.authentication.tokens import AccessToken
from accounts.models import Session
from notes_api.config.ip_addresses import parse_network
from notes_api.monitoring.request_record import RequestRecord
from notes_api.server import client_keys
from notes_api.server.client_keys import ClientKeys
from notes_api.tests.loop_requests import run as run_application

pytestmark = pytest.mark.django_db

# What is recorded about a request whose token was valid, was rejected, or was not checked.
VALID = RequestRecord(account_id="alice", credential_id="1")
REJECTED = RequestRecord(is_token_rejected=True)
UNCHECKED = RequestRecord(account_id="alice")


def make_request(authorization=b"", address="192.0.2.1", forwarded=(), path="/notes"):
    headers = [(b"authorization", authorization)] if authorization else []
    return {
        "path": path,
        "client": (address, 1),
        "headers": headers + [(b"x-forwarded-for", value) for value in forwarded],
    }


def test_an_access_token_counts_for_its_account_from_the_first_request(alice):
    token = AccessToken.of(Session(user=alice))

    assert ClientKeys().find(make_request(f"Bearer {token}".encode())) == alice.pk


def test_a_probe_does_not_wait_with_other_requests_of_its_network():
    keys = ClientKeys()

    assert keys.find(make_request(path="/readyz")) != keys.find(make_request())
    assert keys.find(make_request(path="/readyz")) != keys.find(make_request(path="/readyz", address="192.0.2.2"))


def test_a_token_with_a_forged_signature_counts_for_the_network(alice):
    token = str(AccessToken.of(Session(user=alice)))
    forged = token[:-5] + ("aaaaa" if token[-5:] != "aaaaa" else "bbbbb")

    assert ClientKeys().find(make_request(f"Bearer {forged}".encode())) == "192.0.2.1"


def test_a_signed_token_of_a_session_that_ended_counts_for_the_network_once_it_was_rejected(alice):
    keys, request = ClientKeys(), make_request(f"Bearer {AccessToken.of(Session(user=alice))}".encode())

    keys.find(request)
    keys.learn(request, REJECTED)

    assert keys.find(request) == "192.0.2.1"


def test_an_api_token_counts_for_its_account_once_it_was_valid():
    keys, request = ClientKeys(), make_request(b"Bearer one")

    before = keys.find(request)
    keys.learn(request, VALID)

    assert (before, keys.find(request)) == ("192.0.2.1", "alice")


def test_all_tokens_of_an_account_count_together():
    keys = ClientKeys()
    for token in (b"Bearer one", b"Bearer two"):
        keys.learn(make_request(token), VALID)

    assert keys.find(make_request(b"Bearer one")) == keys.find(make_request(b"Bearer two")) == "alice"


def test_invented_tokens_count_for_the_network():
    keys = ClientKeys()
    keys.learn(make_request(b"Bearer invented"), REJECTED)

    assert {keys.find(make_request(b"Bearer %d" % number)) for number in range(3)} == {"192.0.2.1"}
    assert keys.accounts == {}


def test_a_rejected_token_no_longer_counts_for_its_account():
    keys, request = ClientKeys(), make_request(b"Bearer stolen")
    keys.learn(request, VALID)

    keys.learn(request, REJECTED)

    assert keys.find(request) == "192.0.2.1"


def test_a_token_that_is_valid_again_counts_for_its_account_again():
    keys, request = ClientKeys(), make_request(b"Bearer one")
    for record in (VALID, REJECTED, VALID):
        keys.learn(request, record)

    assert keys.find(request) == "alice"


def test_a_token_that_was_not_checked_stays_what_it_was():
    keys, request = ClientKeys(), make_request(b"Bearer one")
    keys.learn(request, VALID)

    keys.learn(request, UNCHECKED)

    assert keys.find(request) == "alice"


@pytest.mark.django_db(transaction=True)
def test_a_wrong_password_does_not_reject_the_token_that_is_sent_along(alice):
    body = json.dumps({"username": alice.email, "password": "not this one"}).encode()
    request = make_request(f"Bearer {AccessToken.of(Session.objects.create(user=alice))}".encode())
    request["headers"] += [(b"host", b"localhost"), (b"content-type", b"application/json")]
    request["headers"].append((b"content-length", b"%d" % len(body)))
    statuses = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        statuses.append(message.get("status"))

    async def main(application):
        scope = {"type": "http", "method": "POST", "query_string": b"", "scheme": "http", **request, "path": "/login"}
        await application(scope, receive, send)
        return application.scheduler.client_keys.find(request)

    assert run_application(main) == alice.pk
    assert statuses[0] == 401


@pytest.mark.parametrize("authorization", [b"Basic one", b"Bearer two one", b"one", b"Bearer\tone"])
def test_only_what_authentication_takes_for_the_token_counts(authorization):
    keys = ClientKeys()
    keys.learn(make_request(b"Bearer one"), VALID)

    assert keys.find(make_request(authorization)) == "192.0.2.1"


def test_repeated_headers_are_joined_as_django_does():
    keys, request = ClientKeys(), make_request(b"Bearer one")
    keys.learn(request, VALID)
    request["headers"] *= 2

    assert keys.find(request) == "192.0.2.1"


def test_spaces_do_not_make_another_token():
    keys = ClientKeys()
    keys.learn(make_request(b"Bearer one"), VALID)

    assert keys.find(make_request(b"bearer   one ")) == "alice"


def test_the_memory_for_tokens_is_bounded(monkeypatch):
    monkeypatch.setattr(client_keys, "MAX_TOKENS", 2)
    keys = ClientKeys()
    for token in (b"Bearer one", b"Bearer two", b"Bearer three"):
        keys.learn(make_request(token), VALID)

    assert list(keys.accounts) == [b"two", b"three"]


@pytest.mark.parametrize(("address", "counted"), [
    ("192.0.2.1", "192.0.2.1"),
    ("::ffff:192.0.2.1", "192.0.2.1"),
    ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("", "unknown"),
])  # fmt: skip
def test_an_ipv6_network_counts_as_one_client(address, counted):
    assert ClientKeys().find(make_request(address=address)) == counted


def test_only_a_trusted_proxy_names_the_client(settings):
    settings.TRUSTED_PROXIES = [parse_network("10.0.0.0/8")]
    forwarded = [b"198.51.100.7", b"203.0.113.9, 10.0.0.2"]

    assert ClientKeys().find(make_request(address="10.0.0.1", forwarded=forwarded)) == "203.0.113.9"
    assert ClientKeys().find(make_request(address="192.0.2.1", forwarded=forwarded)) == "192.0.2.1"
