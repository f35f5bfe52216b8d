"""Disabling the second factor."""

import pytest

from accounts.flows.erasure import erase
from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import confirm, enrol, secret_in, switch_on
from conftest import PASSWORD
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("at_nine")


def disable(client, password=PASSWORD):
    return client.post("/users/me/otp/disable", {"password": password})


def test_disabling_needs_the_password_and_deletes_the_factor(as_user, alice, client):
    switch_on(alice)
    owner = as_user(alice)

    wrong = disable(owner, "a wrong guess")
    assert (wrong.status_code, field_errors(wrong)) == (400, [("password", "wrong")])
    assert SecondFactor.objects.on().exists()
    response = disable(owner)

    assert response.status_code == 204
    assert not SecondFactor.objects.exists()
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200


def test_switching_off_ends_no_session(as_user, alice):
    switch_on(alice)
    owner, other = as_user(alice), as_user(alice)

    disable(owner)

    assert owner.get("/notes").status_code == 200
    assert other.get("/notes").status_code == 200


def test_switching_off_can_be_repeated(as_user, alice):
    switch_on(alice)
    client = as_user(alice)

    assert (disable(client).status_code, disable(client).status_code) == (204, 204)


def test_disabling_deletes_an_unconfirmed_factor(as_user, alice):
    client = as_user(alice)
    secret = secret_in(enrol(client))

    disable(client)

    assert confirm(client, code(secret)).status_code == 409


def test_switching_off_one_account_leaves_another(as_user, alice, bob):
    switch_on(alice)
    switch_on(bob)

    disable(as_user(alice))

    assert SecondFactor.objects.get().user == bob


def test_old_codes_are_refused_after_a_new_enrolment(as_user, alice):
    old_secret, old_codes = switch_on(alice)
    disable(as_user(alice))
    switch_on(alice)

    factor = SecondFactor.objects.get()
    assert not factor.accept(code(old_secret))
    assert not factor.accept(old_codes[0])


def test_erasing_an_account_deletes_its_second_factor(alice):
    switch_on(alice)

    erase(alice)

    assert not SecondFactor.objects.exists()
