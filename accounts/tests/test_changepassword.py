"""`manage.py changepassword`."""

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.commands import can_log_in, log_lines
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.config.mail_url import parse_email_url
from notes_api.tests.fake_smtp import postbox


def test_changepassword_ends_every_session(alice, as_user, client, type_in, capsys):
    session = as_user(alice)
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", "Alice@Example.com")

    assert "Password changed successfully for user 'alice@example.com'" in capsys.readouterr().out
    assert session.get("/users/me").status_code == 401
    assert not can_log_in(client, alice.email, PASSWORD)
    assert can_log_in(client, alice.email, NEW_PASSWORD)


def test_changepassword_revokes_api_tokens(alice, by_token, type_in):
    script = by_token(alice, "notes:read")
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", alice.email)

    assert script.get("/users/me").status_code == 401


def test_changepassword_is_logged_by_the_id_of_the_account(alice, type_in, caplog):
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    call_command("changepassword", alice.email)

    assert log_lines(caplog) == [("WARNING", f"The password of account {alice.pk} was set by changepassword")]


@pytest.mark.django_db(transaction=True)
def test_changepassword_sends_a_mail_to_the_owner(alice, type_in, settings, held_up):
    type_in(NEW_PASSWORD, NEW_PASSWORD)

    with postbox(delay=0.2) as box:
        settings.MAILERS = {"default": parse_email_url(box.url)}
        call_command("changepassword", alice.email)
        mails = list(box.mails)

    [mail] = mails
    assert (mail.envelope, mail["Subject"]) == (["alice@example.com"], "Your password was replaced")
    assert NEW_PASSWORD not in mail.get_content()


def test_changepassword_refuses_a_weak_password(alice, as_user, type_in):
    session = as_user(alice)
    type_in(*["password"] * 6)

    with pytest.raises(CommandError, match="Aborted"):
        call_command("changepassword", alice.email)

    assert session.get("/users/me").status_code == 200


def test_changepassword_reports_an_unknown_address():
    with pytest.raises(CommandError) as refusal:
        call_command("changepassword", "nobody@example.com")

    assert str(refusal.value) == "user 'nobody@example.com' does not exist"
