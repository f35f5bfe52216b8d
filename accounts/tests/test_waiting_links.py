"""Mails with links that wait in the outbox: what cancels them, and that every attempt sends the same link."""

import pytest
from django.core import mail

from accounts.flows.deactivation import deactivate
from accounts.models import User
from accounts.models.mail_link import LINK_LIFETIME
from accounts.tests.account_requests import (
    NEW_EMAIL,
    ask_for_reset,
    change_email,
    choose_password,
    erase_account,
    send_password_change,
    send_waiting,
    token_in,
)
from conftest import NEW_PASSWORD
from outbox.models import Entry
from outbox.timing import CLAIM
from outbox.worker import Worker, worker

pytestmark = pytest.mark.usefixtures("on_commit")


def test_a_link_in_a_late_mail_is_valid_for_an_hour(client, alice, at_nine, away, time_machine):
    ask_for_reset(client)
    away()
    send_waiting(time_machine, 50 * 60)

    time_machine.shift(55 * 60)

    assert choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD) == 204


def test_a_mail_that_is_sent_twice_has_the_same_link_and_message_id(client, alice, at_nine, time_machine, monkeypatch):
    with monkeypatch.context() as patch:
        # As if the process were killed after the mail was sent.
        patch.setattr(Worker, "record_success", lambda worker, entry: None)
        ask_for_reset(client)

    send_waiting(time_machine, CLAIM.total_seconds() + 30)

    first, second = mail.outbox
    assert (first.body, first.extra_headers) == (second.body, second.extra_headers)
    assert not Entry.objects.exists()


CANCELLED = {
    "erased": erase_account,
    "another password": send_password_change,
    "the present address again": lambda phone: change_email(phone, "alice@example.com"),
    "another new address": lambda phone: change_email(phone, "third@example.com"),
    "deactivated": lambda phone: deactivate(User.objects.get()),
}


@pytest.mark.parametrize("event", CANCELLED)
def test_a_waiting_link_to_a_new_address_is_cancelled(as_user, alice, confirmed, at_nine, away, time_machine, event):
    phone = as_user(alice)
    change_email(phone)
    CANCELLED[event](phone)
    away()

    send_waiting(time_machine)

    assert [sent.to for sent in mail.outbox if sent.to == [NEW_EMAIL]] == []


def test_an_address_taken_while_the_mail_waits_gets_no_link(as_user, alice, at_nine, confirmed, away, time_machine):
    change_email(as_user(alice))
    User.objects.create_user(NEW_EMAIL, NEW_PASSWORD)
    away()

    send_waiting(time_machine)

    assert [sent.subject for sent in mail.outbox] == ["Your e-mail address was not changed"]


def test_a_link_survives_a_change_of_the_secret_key(client, alice, at_nine, away, time_machine, settings):
    ask_for_reset(client)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-0123456789-abcdefghij", [settings.SECRET_KEY]
    away()

    send_waiting(time_machine)

    assert choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD) == 204


def test_without_the_key_that_made_the_link_no_mail_is_sent(client, alice, at_nine, away, time_machine, settings):
    ask_for_reset(client)
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnopqrst"
    away()

    send_waiting(time_machine)

    assert mail.outbox == []


def test_a_mail_that_is_retried_after_its_link_has_expired_is_discarded(client, alice, at_nine, away, time_machine):
    ask_for_reset(client)
    send_waiting(time_machine, LINK_LIFETIME.total_seconds())
    away()
    Entry.objects.failed().retry()

    worker.work()

    assert mail.outbox == []
    assert not Entry.objects.exists()
