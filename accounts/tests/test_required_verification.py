"""EMAIL_VERIFICATION=required: no log-in before verification, and registering does not reveal accounts."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.flows.deactivation import deactivate
from accounts.flows.erasure import erase
from accounts.flows.registration import sign_up
from accounts.models import MailLink, Session, User
from accounts.tests.account_requests import (
    choose_password,
    log_in,
    register,
    shape,
    token_in,
    try_to_log_in,
    verify,
)
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.tests.hashing import CountingHasher
from outbox.models import Entry

pytestmark = pytest.mark.usefixtures("on_commit")

MALLORYS = "mallory chose this one"
DAY = 86400


@pytest.fixture(autouse=True)
def _required(settings):
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def verified(alice):
    alice.mark_email_verified()
    return alice


def test_registering_returns_only_the_address(client):
    response = register(client, "Alice@Example.com")

    assert (response.status_code, response.json()) == (202, {"email": "alice@example.com"})
    assert "Location" not in response.headers


def test_a_verified_account_can_log_in(client):
    register(client)
    [sent] = mail.outbox

    assert (sent.to, sent.subject) == (["alice@example.com"], "Verify your e-mail address")
    assert verify(client, token_in(sent)).status_code == 204
    assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("state", [erase, deactivate, User.mark_email_verified, lambda user: None])
def test_registering_does_not_reveal_accounts(client, alice, state):
    state(alice)
    named = {"X-Request-ID": "same"}

    unknown = client.post("/users", {"email": "nobody@example.com", "password": PASSWORD}, headers=named)
    known = client.post("/users", {"email": "alice@example.com", "password": PASSWORD}, headers=named)

    assert known.status_code == unknown.status_code == 202
    assert known.json() == {"email": "alice@example.com"}
    length = {"Content-Length"}
    assert {k: v for k, v in known.headers.items() if k not in length} == {
        k: v for k, v in unknown.headers.items() if k not in length
    }


@pytest.mark.usefixtures("held_up")
def test_the_same_work_is_done_for_known_and_unknown_addresses(client, alice):
    with CaptureQueriesContext(connection) as known:
        register(client)
    with CaptureQueriesContext(connection) as unknown:
        register(client, "nobody@example.com")

    assert [shape(query) for query in known] == [shape(query) for query in unknown] != []
    assert [entry.kind for entry in Entry.objects.all()] == ["sign_up"] * 2


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_registering_hashes_one_password_in_every_case(client, verified, settings, email):
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    CountingHasher.hashed.clear()

    register(client, email)

    assert CountingHasher.hashed == [PASSWORD]


def test_the_owner_of_a_taken_address_gets_a_mail(client, verified):
    register(client, password=MALLORYS)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "You already have an account")
    assert log_in(client, MALLORYS) == 401
    assert log_in(client, PASSWORD) == 200


def test_the_mail_about_a_second_registration_sets_a_password(client, verified):
    register(client, password=MALLORYS)

    assert choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD) == 204
    assert log_in(client, NEW_PASSWORD) == 200


def test_an_inactive_account_gets_no_mail(client, verified):
    deactivate(verified)

    register(client)

    assert mail.outbox == []
    assert not MailLink.objects.exists()


def test_two_concurrent_registrations_of_an_address_send_two_mails(client):
    sign_up("alice@example.com", "first")
    sign_up("alice@example.com", "second")

    assert User.objects.count() == 1
    assert [sent.subject for sent in mail.outbox] == ["Verify your e-mail address", "You already have an account"]


def test_a_weak_password_is_refused_before_anything_is_sent(client):
    assert register(client, password="password").status_code == 400
    assert mail.outbox == []


def test_closed_registration_sends_no_mail(client, settings, alice):
    settings.REGISTRATION = "closed"

    assert register(client).status_code == 403
    assert mail.outbox == []


def test_registering_an_unverified_address_again_gets_the_same_response(client):
    register(client)
    named = {"X-Request-ID": "same"}

    registered = client.post("/login", {"username": "alice@example.com", "password": PASSWORD}, headers=named)
    unknown = client.post("/login", {"username": "nobody@example.com", "password": PASSWORD}, headers=named)

    assert (registered.status_code, registered.json()["code"]) == (401, "invalid_grant")
    assert registered.json()["detail"].endswith("or the address has not been verified yet.")
    assert (registered.content, registered.headers) == (unknown.content, unknown.headers)
    assert not Session.objects.exists()


def test_registering_and_logging_in_does_not_reveal_accounts(client, verified):
    register(client, password=MALLORYS)
    register(client, "nobody@example.com", MALLORYS)

    taken, free = (try_to_log_in(client, MALLORYS, email).json() for email in (verified.email, "nobody@example.com"))

    assert {**taken, "request_id": ""} == {**free, "request_id": ""}
