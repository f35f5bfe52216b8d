"""`manage.py disable_otp`, for an owner who has lost the device and the recovery codes."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import SecondFactor
from accounts.tests.second_factors import switch_on
from conftest import PASSWORD


@pytest.mark.parametrize("email", ["alice@example.com", "Alice@Example.COM"])
def test_the_password_alone_logs_in_again(alice, bob, client, capsys, email):
    switch_on(alice)
    switch_on(bob)

    call_command("disable_otp", email)

    assert capsys.readouterr().out == (
        "Turned off the second factor of alice@example.com. The account now logs in with the password only.\n"
    )
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200
    assert client.post("/login", {"username": bob.email, "password": PASSWORD}).status_code == 401


def test_it_is_logged_by_the_id_of_the_account(alice, caplog):
    switch_on(alice)

    call_command("disable_otp", alice.email)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"otp_disabled account {alice.pk}"),
        ("WARNING", f"The second factor of account {alice.pk} was turned off by disable_otp"),
    ]


def test_it_ends_no_session(alice, as_user):
    switch_on(alice)
    session = as_user(alice)

    call_command("disable_otp", alice.email)

    assert session.get("/users/me").status_code == 200


def test_the_command_reports_that_there_is_no_second_factor(alice, capsys, caplog):
    SecondFactor.objects.enrol(alice)

    call_command("disable_otp", alice.email)

    assert capsys.readouterr().out == "The second factor of alice@example.com was not on.\n"
    assert caplog.records == []


def test_the_command_reports_an_unknown_address(alice):
    switch_on(alice)

    with pytest.raises(CommandError) as refusal:
        call_command("disable_otp", "nobody@example.com")

    assert str(refusal.value) == "No account has the e-mail address nobody@example.com."
    assert SecondFactor.objects.on().exists()
