"""POST /email/verify/send, and the mails of registration."""

import re

import pytest
from django.core import mail

from accounts.flows.deactivation import deactivate
from accounts.flows.erasure import erase
from accounts.models import User
from accounts.tests.account_requests import (
    ask_for_reset,
    ask_for_verification,
    change_email,
    log_in,
    register,
    token_in,
    verify,
)
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("on_commit")


SILENT = {
    "unknown": erase,
    "inactive": deactivate,
    "verified": User.mark_email_verified,
}


@pytest.mark.parametrize("state", SILENT)
def test_the_response_does_not_reveal_accounts(client, alice, state):
    named = {"X-Request-ID": "same"}
    known = ask_for_verification(client, **named)
    mail.outbox.clear()

    SILENT[state](alice)
    answer = ask_for_verification(client, **named)

    assert (answer.status_code, answer.content) == (known.status_code, known.content) == (202, b"")
    assert answer.headers == known.headers
    assert mail.outbox == []


def test_an_invalid_address_is_refused(client, subtests):
    for email in ["alice", "alice@example.com\r\nBcc: bob@example.com", "", None, 5, ["a@b.example"]]:
        with subtests.test(email=email):
            assert ask_for_verification(client, email).status_code == 400
            assert mail.outbox == []


def test_each_kind_of_mail_has_its_own_limit(client, alice, one_mail):
    ask_for_reset(client)

    assert ask_for_verification(client).status_code == 202


def test_without_verification_registering_sends_no_mail(client):
    assert register(client).status_code == 201
    assert mail.outbox == []


def test_with_optional_verification_registering_sends_a_link(client, settings):
    settings.EMAIL_VERIFICATION = "optional"

    response = register(client)

    assert (response.status_code, response.json()["email_verified"]) == (201, False)
    assert log_in(client, PASSWORD) == 200
    assert verify(client, token_in(mail.outbox[0])).status_code == 204
    assert log_in(client, PASSWORD) == 200


def test_with_optional_verification_a_taken_address_is_a_conflict_without_mail(client, alice, settings):
    settings.EMAIL_VERIFICATION = "optional"

    assert register(client).json()["code"] == "email_taken"
    assert mail.outbox == []


@pytest.mark.parametrize("mode", ["optional", "required"])
def test_registering_counts_as_a_mail(client, one_mail, settings, mode):
    settings.EMAIL_VERIFICATION = mode
    register(client)

    response = register(client)

    assert (response.status_code, response.headers["Retry-After"]) == (429, "3600")


def test_without_verification_registering_does_not_count_as_a_mail(client, one_mail):
    register(client)

    assert register(client).status_code == 409


def test_every_mail_is_plain_text_with_short_lines(client, as_user, alice, bob, settings):
    settings.EMAIL_VERIFICATION = "required"
    register(client, "carol@example.com")
    register(client, "bob@example.com")
    change_email(as_user(alice), "bob@example.com")
    change_email(as_user(alice), "new@example.com")
    verify(client, token_in(mail.outbox[-1]))

    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["carol@example.com"], "Verify your e-mail address"),
        (["bob@example.com"], "You already have an account"),
        (["bob@example.com"], "Your e-mail address was not changed"),
        (["new@example.com"], "Confirm your new e-mail address"),
        (["alice@example.com"], "Your e-mail address was changed"),
    ]
    lines = [line for sent in mail.outbox for line in sent.body.splitlines() if "?token=" not in line]
    assert max(map(len, lines)) <= 78
    assert not [sent for sent in mail.outbox if re.search(r"[{}<>&]|\n\n\n", sent.body)]
