"""Mails that wait in the outbox: what they hold, what cancels them, and what happens if they cannot be sent."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.mail import send_template
from accounts.models import MailLink, User
from accounts.models.mail_link import LINK_LIFETIME
from accounts.tests.account_requests import (
    ask_for_reset,
    choose_password,
    email_of,
    erase_account,
    register,
    send_password_change,
    send_waiting,
    token_in,
    verify,
)
from conftest import NEW_PASSWORD
from notes_api.config.mail_url import parse_email_url
from notes_api.tests.fake_smtp import postbox
from outbox.models import Entry
from outbox.models.entry import State

pytestmark = pytest.mark.usefixtures("on_commit")


def values_of_entries():
    return " ".join(str(value) for row in Entry.objects.values() for value in row.values())


def test_a_mail_is_sent_when_the_mail_server_is_back(client, alice, at_nine, away, time_machine):
    assert ask_for_reset(client).status_code == 202
    assert mail.outbox == []

    away()
    send_waiting(time_machine)

    [sent] = mail.outbox
    assert choose_password(client, token_in(sent), NEW_PASSWORD) == 204
    assert not Entry.objects.exists()


def test_a_waiting_mail_shows_neither_its_recipient_nor_its_link(client, alice, away):
    ask_for_reset(client)

    assert "alice" not in values_of_entries()
    assert MailLink.objects.get().token not in values_of_entries()


def test_no_payload_holds_the_token_of_a_link(client, alice, away):
    ask_for_reset(client)

    [entry] = Entry.objects.all()
    assert MailLink.objects.get().token not in str(entry.read_payload())


@pytest.mark.usefixtures("held_up")
def test_a_registration_waits_with_its_password_encrypted(client, settings):
    settings.EMAIL_VERIFICATION = "required"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]

    register(client)

    assert Entry.objects.get().read_payload()["password_hash"].startswith("pbkdf2")
    assert "pbkdf2" not in values_of_entries()


def test_a_link_is_not_tried_for_longer_than_its_lifetime(client, alice, at_nine, away, time_machine, caplog):
    ask_for_reset(client)
    away()

    send_waiting(time_machine, LINK_LIFETIME.total_seconds())

    assert mail.outbox == []
    [entry] = Entry.objects.all()
    assert entry.state == State.FAILED
    assert "Connection refused" in entry.last_error
    assert "is not tried again" in caplog.text


def test_a_notice_is_tried_for_days(as_user, alice, at_nine, away, time_machine):
    send_password_change(as_user(alice))
    for _ in range(12):
        send_waiting(time_machine, 5 * 3600)
    assert Entry.objects.get().attempts == 13
    away()

    send_waiting(time_machine, 5 * 3600)

    assert [sent.subject for sent in mail.outbox] == ["Your password was changed"]


def test_a_mailbox_that_does_not_exist_is_not_tried_again(client, alice, settings, caplog):
    with postbox(refused=["alice@example.com"]) as box:
        settings.MAILERS = {"default": parse_email_url(box.url)}
        ask_for_reset(client)

    [entry] = Entry.objects.all()
    assert (entry.state, entry.attempts) == (State.FAILED, 1)
    assert "'Set a new password' was not sent: {'(recipient)': (550, b'nobody here')}" in entry.last_error
    assert "alice" not in caplog.text


@pytest.mark.parametrize("code", [450, 554])
def test_a_mail_server_that_is_busy_or_does_not_relay_is_tried_again(client, alice, settings, monkeypatch, code):
    monkeypatch.setattr(smtplib.SMTP, "rcpt", lambda *arguments: (code, b"not now"))
    with postbox() as box:
        settings.MAILERS = {"default": parse_email_url(box.url)}
        ask_for_reset(client)

    assert Entry.objects.get().state == State.WAITING


def test_a_mail_waits_until_the_operator_has_repaired_the_password(client, alice, settings):
    with postbox(login=("notes", "secret")) as box:
        # The mail library cannot encode it.
        settings.MAILERS = {"default": parse_email_url(box.url.replace("secret", "s%C3%A4cret"))}
        ask_for_reset(client)

    assert Entry.objects.get().state == State.WAITING


def test_the_notice_of_an_erasure_waits_with_the_address_alone(as_user, alice, away):
    erase_account(as_user(alice))

    [entry] = Entry.objects.all()
    payload = entry.read_payload()
    assert entry.user_id is None
    assert payload.pop("message_id")
    assert payload == {"template": "erased", "recipient": alice.email, "details": {"email": alice.email}}


def test_the_notice_of_an_erasure_is_deleted_if_it_cannot_be_sent(as_user, alice, at_nine, away, time_machine):
    erase_account(as_user(alice))

    send_waiting(time_machine, timedelta(days=4).total_seconds())

    assert not Entry.objects.exists()


def test_a_registration_happens_once_if_its_first_attempt_fails(client, settings, at_nine, time_machine, monkeypatch):
    settings.EMAIL_VERIFICATION = "required"

    def fail(*arguments, **options):
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr("accounts.flows.email_verification.send_link", fail)
        register(client)
    assert not User.objects.exists()

    send_waiting(time_machine)

    assert [sent.subject for sent in mail.outbox] == ["Verify your e-mail address"]
    assert verify(client, token_in(mail.outbox[0])).status_code == 204
    assert email_of(User.objects.get()) == "alice@example.com"


def test_an_address_that_makes_no_header_gets_no_mail_and_is_not_logged(alice, caplog):
    send_template("changed", "mallory@example.com\r\nBcc: bob", alice.pk, email=alice.email)

    assert mail.outbox == []
    assert "Header values" in Entry.objects.get().last_error
    assert "mallory" not in caplog.text


@pytest.mark.parametrize("mode", ["off", "optional"])
def test_registering_takes_few_statements(client, settings, mode, held_up):
    settings.EMAIL_VERIFICATION = mode
    register(client, "first@example.com")

    with CaptureQueriesContext(connection) as queries:
        register(client)

    assert len(queries) == {"off": 4, "optional": 7}[mode]


def test_a_command_sends_its_mail_before_it_ends(alice, secret, held_up):
    call_command("disable_otp", alice.email)

    assert [sent.subject for sent in mail.outbox] == ["Two-factor authentication was turned off"]


def test_the_mail_of_a_command_waits_for_the_server_if_the_mail_server_is_away(
    alice, secret, at_nine, held_up, away, time_machine
):
    call_command("disable_otp", alice.email)
    away()

    send_waiting(time_machine)

    assert [sent.subject for sent in mail.outbox] == ["Two-factor authentication was turned off"]
