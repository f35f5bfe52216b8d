"""The proof that sensitive operations require: the password with a one-time code, or a recent log-in."""

import pytest
from django.urls import get_resolver

from accounts.models import ApiToken, SecondFactor, Session, User
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on, unlike
from conftest import PASSWORD, START
from notes_api.config.rate import Rate
from notes_api.server.hashing_paths import hashing_paths

TEN_MINUTES = 600
OPERATIONS = {
    "a new API token": ("POST", "/tokens", {"name": "Script", "scopes": ["notes:read"]}),
    "the second factor off": ("POST", "/users/me/otp/disable", {}),
    "another address": ("PATCH", "/users/me", {"email": "new@example.com"}),
    "erasure": ("POST", "/users/me/erase", {}),
}
EVERY_OPERATION = pytest.mark.parametrize("operation", OPERATIONS)


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


@pytest.fixture
def long_ago(as_user, time_machine):
    """`long_ago(alice)` returns a client of Alice that logged in ten minutes ago."""

    def log_in(user):
        client = as_user(user)
        time_machine.shift(TEN_MINUTES)
        return client

    return log_in


def send(client, operation, **proof):
    method, path, body = OPERATIONS[operation]
    return getattr(client, method.lower())(path, {**body, **proof})


def is_done(response):
    return response.status_code in (200, 201, 204)


def is_refused(response):
    return (response.status_code, response.json()["code"]) == (403, "reauthentication_required")


def field_errors(response):
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def kept(user):
    models = (User.objects.filter(pk=user.pk), SecondFactor.objects, ApiToken.objects)
    return [list(queryset.order_by("pk").values()) for queryset in models]


@EVERY_OPERATION
def test_a_log_in_less_than_ten_minutes_ago_is_enough(as_user, alice, time_machine, operation):
    client = as_user(alice)
    time_machine.shift(TEN_MINUTES - 1)

    assert is_done(send(client, operation))


@EVERY_OPERATION
def test_after_ten_minutes_a_stolen_token_is_not_enough(long_ago, alice, operation):
    client = long_ago(alice)
    before = kept(alice)

    assert is_refused(send(client, operation))
    assert kept(alice) == before


@EVERY_OPERATION
def test_the_password_is_enough_after_ten_minutes(long_ago, alice, operation):
    assert is_done(send(long_ago(alice), operation, current_password=PASSWORD))


@EVERY_OPERATION
def test_the_password_alone_is_not_enough_if_the_second_factor_is_on(long_ago, alice, operation):
    switch_on(alice)
    client = long_ago(alice)
    before = kept(alice)

    assert is_refused(send(client, operation, current_password=PASSWORD))
    assert is_refused(send(client, operation, current_password=PASSWORD, otp=""))
    assert kept(alice) == before


@EVERY_OPERATION
def test_a_code_without_the_password_is_not_enough(long_ago, alice, operation):
    secret, _ = switch_on(alice)

    assert is_refused(send(long_ago(alice), operation, otp=code(secret)))


@EVERY_OPERATION
def test_the_password_with_a_code_is_enough(long_ago, alice, operation):
    secret, _ = switch_on(alice)

    assert is_done(send(long_ago(alice), operation, current_password=PASSWORD, otp=code(secret)))


@EVERY_OPERATION
def test_a_recovery_code_counts_as_a_code(long_ago, alice, operation):
    _, recovery_codes = switch_on(alice)

    assert is_done(send(long_ago(alice), operation, current_password=PASSWORD, otp=recovery_codes[0]))


@EVERY_OPERATION
def test_a_recent_log_in_from_before_the_second_factor_is_not_enough(as_user, alice, operation):
    client = as_user(alice)
    switch_on(alice)

    assert is_refused(send(client, operation))
    assert is_refused(send(client, operation, current_password=PASSWORD))


@EVERY_OPERATION
def test_a_recent_log_in_with_another_second_factor_is_not_enough(as_user, alice, time_machine, operation):
    switch_on(alice)
    client = as_user(alice)
    SecondFactor.objects.disable(alice)
    time_machine.shift(60)
    switch_on(alice)

    assert is_refused(send(client, operation))


@EVERY_OPERATION
def test_a_log_in_with_a_code_is_enough_for_ten_minutes(client, alice, operation):
    secret, _ = switch_on(alice)
    tokens = client.post("/login", {"username": alice.email, "password": PASSWORD, "otp": code(secret)}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")

    assert is_done(send(client, operation))


@EVERY_OPERATION
def test_a_wrong_password_is_refused_even_after_a_recent_log_in(as_user, alice, operation):
    response = send(as_user(alice), operation, current_password="wrong")

    assert (response.status_code, field_errors(response)) == (400, [("current_password", "wrong")])


@EVERY_OPERATION
def test_a_wrong_code_is_refused_even_after_a_recent_log_in(as_user, alice, operation):
    secret, _ = switch_on(alice)

    response = send(as_user(alice), operation, current_password=PASSWORD, otp=unlike(code(secret)))

    assert (response.status_code, field_errors(response)) == (400, [("otp", "wrong")])


@EVERY_OPERATION
def test_wrong_codes_are_limited_like_wrong_passwords(long_ago, alice, settings, operation):
    settings.THROTTLE_LOGIN = Rate(1, 900)
    secret, _ = switch_on(alice)
    client = long_ago(alice)
    send(client, operation, current_password=PASSWORD, otp=unlike(code(secret)))

    assert send(client, operation, current_password=PASSWORD, otp=code(secret)).status_code == 429


@pytest.mark.parametrize("operation", ["the second factor off", "erasure"])
def test_the_first_name_of_the_password_is_still_accepted(long_ago, alice, operation):
    client = long_ago(alice)

    assert field_errors(send(client, operation, password="wrong")) == [("password", "wrong")]
    assert is_done(send(client, operation, password=PASSWORD))


@pytest.mark.parametrize("operation", ["the second factor off", "erasure"])
def test_the_password_cannot_be_sent_twice(as_user, alice, operation):
    response = send(as_user(alice), operation, password=PASSWORD, current_password=PASSWORD)

    assert field_errors(response) == [("password", "repeated")]


def test_refreshing_the_tokens_is_no_log_in(client, alice, time_machine):
    tokens = client.post("/login", {"username": alice.email, "password": PASSWORD}).json()
    time_machine.shift(TEN_MINUTES)
    tokens = client.post("/login/refresh", {"refresh_token": tokens["refresh_token"]}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")

    assert is_refused(send(client, "a new API token"))


def test_a_log_in_in_the_future_is_not_recent(as_user, alice, time_machine):
    client = as_user(alice)
    time_machine.shift(-61)
    assert is_refused(send(client, "a new API token"))

    time_machine.shift(1)
    assert is_done(send(client, "a new API token"))


def test_the_message_says_what_to_send(long_ago, alice, as_user):
    client = long_ago(alice)
    without_factor = send(client, "erasure").json()["detail"]
    switch_on(alice)
    with_factor = send(client, "erasure").json()["detail"]

    assert without_factor == ("Send `current_password`, or log in again and repeat the request within 10 minutes.")
    assert with_factor == (
        "Send `current_password` and a one-time code in `otp`, or log in again with a one-time code and repeat the"
        " request within 10 minutes."
    )


@EVERY_OPERATION
def test_the_password_is_hashed_in_the_thread_pool_for_that(operation):
    assert OPERATIONS[operation][1] in hashing_paths(get_resolver().url_patterns)


def test_a_session_remembers_the_factor_of_its_log_in(client, alice):
    secret, _ = switch_on(alice)
    client.post("/login", {"username": alice.email, "password": PASSWORD, "otp": code(secret)})

    assert Session.objects.get().factor_confirmed_at == SecondFactor.objects.get().confirmed_at
