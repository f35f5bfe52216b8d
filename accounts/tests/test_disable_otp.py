"""`manage.py disable_otp`: for somebody who has lost the device and the recovery codes."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import SecondFactor
from accounts.tests.codes import switch_on
from conftest import PASSWORD


@pytest.mark.parametrize("email", ["alice@example.com", "Alice@Example.COM"])
def test_the_password_alone_logs_in_again(alice, bob, client, capsys, email):
    switch_on(alice)
    switch_on(bob)

    call_command("disable_otp", email)

    assert capsys.readouterr().out == (
        "Switched off the second factor of alice@example.com: the password alone logs in now.\n"
    )
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200
    assert client.post("/login", {"username": bob.email, "password": PASSWORD}).status_code == 401


def test_it_is_logged_by_the_id_of_the_account(alice, caplog):
    switch_on(alice)

    call_command("disable_otp", alice.email)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"The second factor of account {alice.pk} was switched off by disable_otp")
    ]


def test_it_ends_no_session(alice, as_user):
    switch_on(alice)
    session = as_user(alice)

    call_command("disable_otp", alice.email)

    assert session.get("/users/me").status_code == 200


def test_it_says_that_there_was_nothing_to_switch_off(alice, capsys, caplog):
    SecondFactor.objects.enrol(alice)

    call_command("disable_otp", alice.email)

    assert capsys.readouterr().out == "The second factor of alice@example.com was not on.\n"
    assert caplog.records == []


def test_it_says_that_nobody_has_the_address(alice):
    switch_on(alice)

    with pytest.raises(CommandError) as refusal:
        call_command("disable_otp", "nobody@example.com")

    assert str(refusal.value) == "There is no account with the e-mail address nobody@example.com."
    assert SecondFactor.objects.on().exists()
