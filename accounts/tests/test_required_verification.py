"""EMAIL_VERIFICATION=required: nobody logs in before, and registering tells nobody who has an account."""

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, MailLink, Session, User
from accounts.scopes import Scope
from accounts.tests.authenticator import code
from accounts.tests.codes import switch_on
from accounts.tests.mailing import (
    ask_for_reset,
    ask_for_verification,
    choose_password,
    log_in,
    register,
    token_in,
    verify,
)
from accounts.tokens import RefreshToken
from conftest import PASSWORD
from notes_api.environment import Rate
from notes_api.tests.hashing import CountingHasher

pytestmark = pytest.mark.django_db(transaction=True)

NEW_PASSWORD = "staple battery horse"
MALLORYS = "mallory chose this one"
START = "2026-01-05T09:00:00Z"
HERE, ELSEWHERE = "203.0.113.5", "198.51.100.7"
DAY = 86400


@pytest.fixture(autouse=True)
def _required(settings):
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def verified(alice):
    alice.vouch_for_email()
    return alice


@pytest.fixture
def waiting(alice):
    """Alice, whose account was in use before addresses had to be verified."""
    alice.change({"last_login": START})
    return alice


def try_to_log_in(client, password=PASSWORD, email="alice@example.com", **members):
    return client.post("/login", {"username": email, "password": password, **members})


def test_registering_is_answered_with_the_address_alone(client):
    response = register(client, "Alice@Example.com")

    assert (response.status_code, response.json()) == (202, {"email": "alice@example.com"})
    assert "Location" not in response.headers


def test_who_has_followed_the_link_can_log_in(client):
    register(client)
    [sent] = mail.outbox

    assert (sent.to, sent.subject) == (["alice@example.com"], "Verify your e-mail address")
    assert verify(client, token_in(sent)).status_code == 204
    assert log_in(client, PASSWORD) == 200


@pytest.mark.parametrize("state", [User.erase, User.deactivate, User.vouch_for_email, lambda user: None])
def test_registering_does_not_tell_who_has_an_account(client, alice, state):
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
def test_until_the_answer_the_same_is_done_for_known_and_unknown(client, alice):
    with CaptureQueriesContext(connection) as known:
        register(client)
    with CaptureQueriesContext(connection) as unknown:
        register(client, "nobody@example.com")

    assert len(known) == len(unknown) == 0


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_registering_hashes_one_password_whoever_has_the_address(client, verified, settings, email):
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    CountingHasher.hashed.clear()

    register(client, email)

    assert CountingHasher.hashed == [PASSWORD]


def test_whose_address_is_taken_hears_of_it_by_mail(client, verified):
    register(client, password=MALLORYS)

    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (["alice@example.com"], "You have an account already")
    assert log_in(client, MALLORYS) == 401
    assert log_in(client, PASSWORD) == 200


def test_who_has_forgotten_the_account_sets_a_password_by_that_mail(client, verified):
    register(client, password=MALLORYS)

    assert choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD) == 204
    assert log_in(client, NEW_PASSWORD) == 200


def test_an_account_that_is_shut_gets_no_mail(client, verified):
    verified.deactivate()

    register(client)

    assert mail.outbox == []
    assert not MailLink.objects.exists()


def test_two_who_register_the_same_address_at_once_get_a_mail_each(client):
    User.objects.sign_up("alice@example.com", "first")
    User.objects.sign_up("alice@example.com", "second")

    assert User.objects.count() == 1
    assert [sent.subject for sent in mail.outbox] == ["Verify your e-mail address", "You have an account already"]


def test_a_weak_password_is_refused_before_anything_is_sent(client):
    assert register(client, password="password").status_code == 400
    assert mail.outbox == []


def test_a_closed_server_sends_nothing(client, settings, alice):
    settings.REGISTRATION = "closed"

    assert register(client).status_code == 403
    assert mail.outbox == []


# --- logging in ------------------------------------------------------------------------------------------------------


def test_who_has_registered_and_not_followed_the_link_is_told_what_everybody_is_told(client):
    register(client)
    named = {"X-Request-ID": "same"}

    registered = client.post("/login", {"username": "alice@example.com", "password": PASSWORD}, headers=named)
    unknown = client.post("/login", {"username": "nobody@example.com", "password": PASSWORD}, headers=named)

    assert (registered.status_code, registered.json()["code"]) == (401, "invalid_grant")
    assert registered.json()["detail"].endswith("or the address has not been verified yet.")
    assert (registered.content, registered.headers) == (unknown.content, unknown.headers)
    assert not Session.objects.exists()


def test_registering_and_logging_in_does_not_tell_either_who_had_an_account(client, verified):
    register(client, password=MALLORYS)
    register(client, "nobody@example.com", MALLORYS)

    taken, free = (try_to_log_in(client, MALLORYS, email).json() for email in (verified.email, "nobody@example.com"))

    assert {**taken, "request_id": ""} == {**free, "request_id": ""}


def test_such_a_log_in_counts_as_a_guess_like_a_wrong_one(client, settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)
    register(client)
    try_to_log_in(client)

    assert try_to_log_in(client).status_code == 429


def test_an_account_in_use_has_to_wait_until_its_address_is_verified(client, waiting):
    response = try_to_log_in(client)

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (response.json()["code"], response.json()["error"]) == ("email_unverified", "invalid_grant")
    assert not Session.objects.exists()


@pytest.mark.parametrize("state", ["alice", "waiting"])
def test_a_wrong_password_does_not_tell_that_an_account_waits(request, client, state):
    request.getfixturevalue(state)
    named = {"X-Request-ID": "same"}

    known = client.post("/login", {"username": "alice@example.com", "password": "wrong"}, headers=named)
    unknown = client.post("/login", {"username": "nobody@example.com", "password": "wrong"}, headers=named)

    assert (known.status_code, known.content, known.headers) == (401, unknown.content, unknown.headers)


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
@pytest.mark.parametrize("state", ["alice", "waiting"])
def test_a_log_in_that_has_to_wait_hashes_once_like_any_other(request, client, settings, state, password):
    settings.PASSWORD_HASHERS = ["notes_api.tests.hashing.CountingHasher"]
    request.getfixturevalue(state)
    CountingHasher.hashed.clear()

    try_to_log_in(client, password)

    assert CountingHasher.hashed == [password]


def test_a_right_password_that_has_to_wait_is_no_guess(client, waiting, settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)
    try_to_log_in(client)

    assert try_to_log_in(client).json()["code"] == "email_unverified"


def test_wrong_passwords_of_an_account_that_waits_are_counted(client, waiting, settings, time_machine):
    time_machine.move_to(START, tick=False)
    settings.THROTTLE_LOGIN = Rate(1, 900)
    try_to_log_in(client, "wrong")

    assert try_to_log_in(client).status_code == 429


def test_no_one_time_code_is_used_up_while_the_address_waits(client, waiting, time_machine):
    time_machine.move_to(START, tick=False)
    secret, _ = switch_on(waiting)

    assert try_to_log_in(client, otp=code(secret)).json()["code"] == "email_unverified"
    waiting.vouch_for_email()
    assert try_to_log_in(client, otp=code(secret)).status_code == 200


def test_who_waits_verifies_the_address_and_is_in(client, waiting):
    ask_for_verification(client)
    verify(client, token_in(mail.outbox[0]))

    assert log_in(client, PASSWORD) == 200


def test_a_password_set_by_mail_verifies_the_address(client, alice):
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD)

    assert log_in(client, NEW_PASSWORD) == 200


def test_where_it_is_optional_nobody_has_to_wait(client, alice, settings):
    settings.EMAIL_VERIFICATION = "optional"

    assert log_in(client, PASSWORD) == 200


# --- switched on later, and whom it concerns ------------------------------------------------------------------------


def test_whoever_was_logged_in_before_stays_so(client, as_user, alice, by_token):
    phone, script = as_user(alice), by_token(alice, Scope.READ)
    refresh = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    assert phone.get("/users/me").status_code == 200
    assert script.get("/users/me").status_code == 200
    assert client.post("/login/refresh", refresh).status_code == 200
    assert ApiToken.objects.live().exists()


@pytest.mark.parametrize("option", [[], ["--staff"]])
def test_createuser_vouches_for_the_address(client, pipe, option):
    pipe(PASSWORD)
    call_command("createuser", "carol@example.com", "--password-stdin", *option)

    assert log_in(client, PASSWORD, "carol@example.com") == 200


def test_a_superuser_logs_in_at_both_doors(client, superuser):
    assert log_in(client, PASSWORD, superuser.email) == 200
    assert admin_lets_in(client, superuser)


def test_nobody_who_works_in_the_admin_is_locked_out_of_it(client, support):
    assert User.objects.unverified().get() == support
    assert admin_lets_in(client, support)


def admin_lets_in(client, user):
    response = client.post(
        "/admin/login/", {"username": user.email, "password": PASSWORD}, format="multipart", REMOTE_ADDR=HERE
    )
    return response.status_code == 302
