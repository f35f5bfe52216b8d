"""The limit on mails that anyone can ask for."""

import pytest
from django.core import mail

from accounts.models import Session
from accounts.tests.account_requests import ask_for_reset, ask_for_verification
from conftest import ELSEWHERE

pytestmark = [
    pytest.mark.usefixtures("on_commit"),
    pytest.mark.usefixtures("one_mail"),
    pytest.mark.parametrize("ask", [ask_for_reset, ask_for_verification]),
]


def test_mails_to_one_address_are_limited(client, alice, ask):
    ask(client)

    response = ask(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")
    assert len(mail.outbox) == 1


def test_unknown_mailboxes_are_counted_like_known_ones(client, ask):
    ask(client, "nobody@example.com")

    response = ask(client, "NOBODY@example.com")

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_an_address_may_ask_for_five_times_as_many(client, ask):
    statuses = [ask(client, f"{name}@example.com").status_code for name in "abcdef"]

    assert statuses == [202] * 5 + [429]
    assert ask(client, "f@example.com", address=ELSEWHERE).status_code == 202


def test_after_an_hour_another_mail_is_sent(client, alice, ask, time_machine):
    ask(client)
    time_machine.shift(3600)

    assert ask(client).status_code == 202
    assert len(mail.outbox) == 2


def test_another_network_cannot_keep_the_owner_from_getting_a_mail(client, alice, ask):
    for _ in range(6):
        ask(client, address=ELSEWHERE)

    assert ask(client).status_code == 202
    assert len(mail.outbox) == 2


def test_many_networks_cannot_fill_a_mailbox(client, alice, ask):
    statuses = [ask(client, address=f"198.51.100.{number}").status_code for number in range(6)]

    assert statuses == [202] * 5 + [429]


def test_many_networks_cannot_keep_an_owner_at_home_from_getting_a_mail(client, alice, ask):
    Session.objects.create(user=alice, ip_address="203.0.113.5")
    for number in range(6):
        ask(client, address=f"198.51.100.{number}")

    assert ask(client, address="203.0.113.5").status_code == 202
