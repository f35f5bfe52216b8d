"""Unclaimed accounts: only the reader of the mailbox can claim them."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command

from accounts.flows.erasure import erase_if_in
from accounts.models import User
from accounts.tests.account_requests import (
    ask_for_verification,
    choose_password,
    log_in,
    register,
    token_in,
    verify,
)
from conftest import NEW_PASSWORD, PASSWORD, START

pytestmark = pytest.mark.usefixtures("on_commit")

MALLORYS = "mallory chose this one"
WEEK, MOMENT = timedelta(days=7), timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _required(settings):
    settings.EMAIL_VERIFICATION = "required"


@pytest.fixture
def registered_long_ago(alice):
    alice.update_columns({"created_at": alice.created_at - WEEK - MOMENT})
    return alice


def test_a_password_from_before_the_owner_registered_never_opens_the_account(client):
    register(client, password=MALLORYS)
    planted = token_in(mail.outbox.pop())
    register(client)
    mine = token_in(mail.outbox.pop())

    assert verify(client, planted).status_code == 400
    assert choose_password(client, mine, NEW_PASSWORD) == 204
    assert log_in(client, MALLORYS) == 401
    assert log_in(client, NEW_PASSWORD) == 200


def test_a_password_from_after_the_owner_registered_never_opens_the_account(client):
    register(client)
    mine = token_in(mail.outbox.pop())
    register(client, password=MALLORYS)
    chosen = token_in(mail.outbox.pop())

    assert verify(client, mine).status_code == 400
    assert choose_password(client, chosen, NEW_PASSWORD) == 204
    assert log_in(client, MALLORYS) == 401
    assert log_in(client, PASSWORD) == 401


def test_no_password_of_two_registrations_survives_a_later_link(client):
    register(client, password=MALLORYS)
    register(client)
    ask_for_verification(client)

    assert verify(client, token_in(mail.outbox[-1])).status_code == 204
    assert log_in(client, MALLORYS) == 401
    assert log_in(client, PASSWORD) == 401


def test_registering_again_keeps_earlier_links_valid(client):
    register(client)
    register(client)
    mine = token_in(mail.outbox.pop())
    register(client, password=MALLORYS)

    assert choose_password(client, mine, NEW_PASSWORD) == 204
    assert log_in(client, NEW_PASSWORD) == 200


def test_an_account_in_use_keeps_its_password_though_it_was_never_verified(client, alice, settings):
    settings.EMAIL_VERIFICATION = "off"
    log_in(client, PASSWORD)
    settings.EMAIL_VERIFICATION = "required"

    register(client, password=MALLORYS)

    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_reset_ends_all_other_access(client, as_user, alice, by_token):
    planted, script = as_user(alice), by_token(alice, "notes:read")
    User.objects.filter(pk=alice.pk).update(last_login=START)
    register(client)

    choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD)

    assert planted.get("/users/me").status_code == 401
    assert script.get("/users/me").status_code == 401


@pytest.mark.parametrize(("age", "count"), [(WEEK, 1), (WEEK + MOMENT, 0)])
def test_an_unclaimed_account_is_deleted_after_a_week(client, time_machine, age, count):
    time_machine.move_to(START, tick=False)
    register(client)
    time_machine.shift(age)

    call_command("purge", "--trust-clock")

    assert User.objects.count() == count


CLAIMS = {
    "verified": User.mark_email_verified,
    "used": lambda user: User.objects.filter(pk=user.pk).update(last_login=START),
    "staff": lambda user: user.update_columns({"is_staff": True}),
}


@pytest.mark.parametrize("claim", CLAIMS)
def test_a_claimed_account_is_kept(registered_long_ago, claim):
    CLAIMS[claim](registered_long_ago)

    call_command("purge", "--trust-clock")

    assert User.objects.get() == registered_long_ago


@pytest.mark.parametrize("mode", ["off", "optional"])
def test_without_required_verification_unclaimed_accounts_are_kept(registered_long_ago, settings, mode):
    settings.EMAIL_VERIFICATION = mode

    call_command("purge", "--trust-clock")

    assert User.objects.get() == registered_long_ago


def test_an_account_that_was_just_claimed_is_kept(registered_long_ago):
    due = User.objects.abandoned()
    [read_before] = due
    registered_long_ago.mark_email_verified()

    assert erase_if_in(read_before, due) is False
    assert User.objects.get() == registered_long_ago
