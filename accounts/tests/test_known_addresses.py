"""Addresses that accounts of earlier versions have, and that nobody could register today."""

import pytest
from django.core import mail

from accounts.models import User
from accounts.models.email_address import canonical_email
from accounts.tests.account_requests import (
    ask_for_reset,
    ask_for_verification,
    log_in,
    register,
    token_in,
)
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.config.rate import Rate
from notes_api.tests.responses import field_errors

pytestmark = pytest.mark.usefixtures("on_commit")
OLD = ["ſam@example.com", "alıce@example.com", "zoë@example.com", "sam@bücher.example"]


@pytest.fixture(params=OLD)
def account(request):
    user = User.objects.create_user("sam@example.org", PASSWORD)
    User.objects.update(email=request.param)
    user.refresh_from_db()
    return user


def test_a_link_for_a_new_password_goes_to_the_account(client, account):
    assert ask_for_reset(client, account.email).status_code == 202

    [sent] = mail.outbox
    assert sent.to == [account.email]
    client.post("/password/reset/confirm", {"token": token_in(sent), "new_password": NEW_PASSWORD})
    assert log_in(client, NEW_PASSWORD, account.email) == 200


def test_a_link_to_verify_the_address_goes_to_the_account(client, account, settings):
    settings.EMAIL_VERIFICATION = "optional"

    assert ask_for_verification(client, account.email).status_code == 202
    assert [sent.to for sent in mail.outbox] == [[account.email]]


@pytest.mark.parametrize("email", OLD[:3])
def test_an_unknown_account_gets_the_same_response(client, email):
    response = ask_for_reset(client, email)

    assert (response.status_code, response.content, mail.outbox) == (202, b"", [])


@pytest.mark.parametrize("email", OLD[:3])
def test_nobody_registers_such_an_address(client, email):
    response = register(client, email)

    assert field_errors(response) == [("email", "invalid")]


def test_what_no_account_can_have_is_still_invalid(client, subtests):
    for email in ["ſam", "ſam@", "@example.com", "ſ am@example.com", "ſ\u202eam@example.com", "ſam@localhost"]:
        with subtests.test(email=email):
            response = ask_for_reset(client, email)

            assert (response.status_code, field_errors(response)) == (400, [("email", "invalid")])


def test_a_long_address_is_still_too_long(client):
    response = ask_for_reset(client, "ſ" * 250 + "@example.com")

    assert field_errors(response) == [("email", "max_length")]


def test_both_spellings_are_counted_as_one_mailbox(client, settings):
    settings.THROTTLE_MAIL = Rate(1, 3600)
    ask_for_reset(client, "sam@bücher.example")

    assert ask_for_reset(client, canonical_email("sam@bücher.example")).status_code == 429
