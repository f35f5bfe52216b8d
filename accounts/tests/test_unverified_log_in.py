"""EMAIL_VERIFICATION=required: log-ins of accounts whose address is not verified."""

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.authentication.tokens import RefreshToken
from accounts.models import ApiToken, Session, User
from accounts.scopes import Scope
from accounts.tests.account_requests import (
    ask_for_reset,
    ask_for_verification,
    choose_password,
    log_in,
    register,
    token_in,
    try_to_log_in,
    verify,
)
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on
from conftest import HERE, NEW_PASSWORD, PASSWORD, START
from notes_api.config.rate import Rate
from notes_api.tests.hashing import CountingHasher

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture(autouse=True)
def _required(settings):
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def waiting(alice):
    """Alice; her account is older than the setting."""
    alice.update_columns({"last_login": START})
    return alice


def test_a_log_in_of_an_unverified_account_counts_as_a_guess(client, settings, time_machine):
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
def test_a_wrong_password_does_not_reveal_an_unverified_account(request, client, state):
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


def test_a_throttled_right_password_does_not_count_as_a_guess(client, waiting, settings, time_machine):
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
    waiting.mark_email_verified()
    assert try_to_log_in(client, otp=code(secret)).status_code == 200


def test_verifying_the_address_lets_an_account_log_in(client, waiting):
    ask_for_verification(client)
    verify(client, token_in(mail.outbox[0]))

    assert log_in(client, PASSWORD) == 200


def test_a_password_set_by_mail_verifies_the_address(client, alice):
    ask_for_reset(client)
    choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD)

    assert log_in(client, NEW_PASSWORD) == 200


def test_with_optional_verification_an_unverified_account_can_log_in(client, alice, settings):
    settings.EMAIL_VERIFICATION = "optional"

    assert log_in(client, PASSWORD) == 200


def test_existing_sessions_stay_active(client, as_user, alice, by_token):
    phone, script = as_user(alice), by_token(alice, Scope.READ)
    refresh = {"refresh_token": str(RefreshToken.of(phone.session_row))}

    assert phone.get("/users/me").status_code == 200
    assert script.get("/users/me").status_code == 200
    assert client.post("/login/refresh", refresh).status_code == 200
    assert ApiToken.objects.live().exists()


@pytest.mark.parametrize("option", [[], ["--staff"]])
def test_createuser_verifies_the_address(client, pipe, option):
    pipe(PASSWORD)
    call_command("createuser", "carol@example.com", "--password-stdin", *option)

    assert log_in(client, PASSWORD, "carol@example.com") == 200


def test_a_superuser_logs_in_to_the_api_and_the_admin(client, superuser):
    assert log_in(client, PASSWORD, superuser.email) == 200
    assert admin_lets_in(client, superuser)


def test_activity_keeps_the_admin_session_open(client, support):
    assert User.objects.unverified().get() == support
    assert admin_lets_in(client, support)


def admin_lets_in(client, user):
    response = client.post(
        "/admin/login/", {"username": user.email, "password": PASSWORD}, format="multipart", REMOTE_ADDR=HERE
    )
    return response.status_code == 302
