"""Enrolling, confirming and disabling the second factor."""

import base64
import re

import pytest
from django.utils.dateparse import parse_datetime

from accounts.flows.deactivation import deactivate
from accounts.models import SecondFactor, Session, User
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import confirm, enrol, secret_in, switch_on, unlike
from conftest import PASSWORD
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("at_nine")

HOUR = 3600


def test_enrolling_needs_the_password(as_user, alice):
    response = enrol(as_user(alice), "a wrong guess")

    assert response.status_code == 400
    assert field_errors(response) == [("password", "wrong")]
    assert not SecondFactor.objects.exists()


def test_enrolling_without_a_password_is_refused(as_user, alice):
    assert field_errors(as_user(alice).post("/users/me/otp", {})) == [("password", "required")]


def test_a_code_confirms_and_recovery_codes_are_shown(as_user, alice):
    client = as_user(alice)
    secret = secret_in(enrol(client))

    response = confirm(client, code(secret))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    codes = response.json()["recovery_codes"]
    assert len(set(codes)) == 10
    assert [one for one in codes if not re.fullmatch("[a-z2-7]{4}(-[a-z2-7]{4}){5}", one)] == []
    assert client.get("/users/me/otp").json() == {"is_enabled": True, "recovery_codes_left": 10}


def test_confirming_ends_no_session(as_user, alice):
    client, other = as_user(alice), as_user(alice)

    confirm(client, code(secret_in(enrol(client))))

    assert client.get("/notes").status_code == 200
    assert other.get("/notes").status_code == 200


def test_a_wrong_code_confirms_nothing(as_user, alice):
    client = as_user(alice)
    secret = secret_in(enrol(client))

    response = confirm(client, unlike(code(secret)))

    assert response.status_code == 400
    assert field_errors(response) == [("otp", "wrong")]
    assert client.get("/users/me/otp").json()["is_enabled"] is False


def test_enrolling_again_before_confirming_replaces_the_secret(as_user, alice):
    client = as_user(alice)
    first, second = secret_in(enrol(client)), secret_in(enrol(client))

    assert first != second
    assert confirm(client, code(first)).status_code == 400
    assert confirm(client, code(second)).status_code == 200


def test_enrolling_with_a_second_factor_on_is_a_conflict(as_user, alice):
    secret, _ = switch_on(alice)

    response = enrol(as_user(alice))

    assert (response.status_code, response.json()["code"]) == (409, "otp_enabled")
    assert SecondFactor.objects.on().get().secret == secret


def test_a_confirmation_cannot_be_repeated(as_user, alice):
    client = as_user(alice)
    secret = secret_in(enrol(client))
    confirm(client, code(secret))
    left = SecondFactor.objects.get().recovery_digests

    response = confirm(client, code(secret, 1))

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")
    assert SecondFactor.objects.get().recovery_digests == left


def test_confirming_without_an_enrolment_is_a_conflict(as_user, alice):
    response = confirm(as_user(alice), "123456")

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")


def test_the_secret_of_another_account_confirms_nothing(as_user, alice, bob):
    secret = secret_in(enrol(as_user(alice)))
    enrol(as_user(bob))

    assert confirm(as_user(bob), code(secret)).status_code == 400


def test_a_second_before_the_end_of_the_hour_a_code_confirms(as_user, alice, time_machine):
    client = as_user(alice)
    enrolment = enrol(client)
    time_machine.shift(HOUR - 1)
    client = as_user(alice)

    assert confirm(client, code(secret_in(enrolment))).status_code == 200


def test_after_an_hour_a_secret_can_no_longer_be_confirmed(as_user, alice, time_machine):
    enrolment = enrol(as_user(alice))
    time_machine.move_to(parse_datetime(enrolment.json()["expires_at"]), tick=False)
    client = as_user(alice)

    response = confirm(client, code(secret_in(enrolment)))

    assert (response.status_code, response.json()["code"]) == (409, "otp_not_pending")
    assert enrol(client).status_code == 200


def test_an_account_that_was_just_deactivated_cannot_enrol(as_user, alice, monkeypatch):
    client = as_user(alice)
    check = User.check_password
    monkeypatch.setattr(User, "check_password", lambda user, raw: (check(user, raw), deactivate(alice))[0])

    assert enrol(client).status_code == 401
    assert not SecondFactor.objects.exists()


def test_an_invalid_code_is_refused_before_it_is_compared(as_user, alice, subtests):
    client = as_user(alice)
    enrol(client)

    for otp in [123456, None, "", ["123456"], {"code": "123456"}, True, "1" * 65, "1\x0023456"]:
        with subtests.test(otp=otp):
            assert confirm(client, otp).status_code == 400
            assert not SecondFactor.objects.on().exists()


def test_a_member_that_is_unknown_is_refused(as_user, alice):
    client = as_user(alice)

    assert field_errors(client.post("/users/me/otp", {"password": PASSWORD, "digits": 8})) == [("digits", "unknown")]


def test_the_database_holds_neither_secret_nor_recovery_codes(alice):
    secret, codes = switch_on(alice)

    row = repr(SecondFactor.objects.values().get())

    shown = [secret.hex(), base64.b32encode(secret).decode(), repr(secret)[2:-1], *codes]
    shown += [one.replace("-", "") for one in codes]
    assert [text for text in shown if text in row] == []


def test_an_account_shows_nothing_about_the_second_factor(as_user, alice):
    switch_on(alice)

    assert as_user(alice).get("/users/me").json().keys() == {"id", "email", "email_verified", "created_at"}


def test_refreshing_a_session_asks_for_no_code(alice, client):
    tokens = client.post("/login", {"username": alice.email, "password": PASSWORD}).json()
    switch_on(alice)

    assert client.post("/login/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 200
    assert Session.objects.get().generation == 1
