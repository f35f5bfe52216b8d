"""E-mail addresses in the admin: an address that staff enter counts as verified."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core import mail

from accounts.flows.deactivation import deactivate
from accounts.tests.account_requests import ask_for_reset, choose_password, log_in, token_in, verify
from accounts.tests.staff import USERS, new_user, page_of, run, save
from conftest import NEW_PASSWORD, PASSWORD

pytestmark = pytest.mark.usefixtures("on_commit")

NEW = "new@example.com"


def test_an_account_that_staff_make_can_log_in_where_addresses_must_be_verified(in_admin, support, client, settings):
    settings.EMAIL_VERIFICATION = "required"

    new_user(in_admin(support), "carol@example.com")

    assert log_in(client, NEW_PASSWORD, "carol@example.com") == 200


def test_an_address_that_staff_enter_is_verified_and_the_old_one_gets_a_mail(in_admin, support, alice, as_user):
    session = as_user(alice)

    save(in_admin(support), alice, email=NEW)

    assert session.get("/users/me").json()["email"] == NEW
    assert session.get("/users/me").json()["email_verified"] is True
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        (["alice@example.com"], "Your e-mail address was changed")
    ]


def test_links_sent_to_the_old_address_end_when_staff_enter_another(in_admin, support, alice, client):
    ask_for_reset(client)

    save(in_admin(support), alice, email=NEW)

    assert choose_password(client, token_in(mail.outbox[0]), NEW_PASSWORD) == 400


def test_an_address_in_other_letters_is_the_same(in_admin, support, alice):
    save(in_admin(support), alice, email="Alice@Example.com")

    alice.refresh_from_db()
    assert (alice.email, alice.email_verified_at) == ("alice@example.com", None)
    assert mail.outbox == []


def test_saving_the_page_verifies_no_unchanged_address(in_admin, superuser, alice):
    save(in_admin(superuser), alice, is_staff="on")

    alice.refresh_from_db()
    assert (alice.is_staff, alice.email_verified_at) == (True, None)
    assert mail.outbox == []


def test_staff_send_a_link_that_only_its_owner_reads(in_admin, support, alice, client):
    page = run(in_admin(support), "send_verification_links", alice)

    assert "Sent a verification link to 1 user." in page.content.decode()
    assert token_in(mail.outbox[0]) not in page.content.decode()
    assert LogEntry.objects.get().get_change_message() == "Sent a verification link to the account."
    assert verify(client, token_in(mail.outbox[0])).status_code == 204


def test_a_verified_inactive_or_higher_account_gets_no_link(in_admin, support, superuser, staff, alice, bob):
    alice.mark_email_verified()
    deactivate(bob)

    run(in_admin(support), "send_verification_links", alice, bob, superuser, staff)

    assert mail.outbox == []
    assert not LogEntry.objects.exists()


def test_staff_can_verify_an_address(in_admin, support, alice, client, settings):
    settings.EMAIL_VERIFICATION = "required"
    assert log_in(client, PASSWORD) == 401

    page = run(in_admin(support), "mark_emails_verified", alice)

    assert "Verified the e-mail address of 1 user." in page.content.decode()
    assert log_in(client, PASSWORD) == 200
    assert LogEntry.objects.get().get_change_message() == "Verified the e-mail address of the account."


def test_support_cannot_verify_the_address_of_staff(in_admin, support, staff):
    page = run(in_admin(support), "mark_emails_verified", staff)

    staff.refresh_from_db()
    assert staff.email_verified_at is None
    assert "Skipped 1 user that you may not do this to." in page.content.decode()


def test_the_page_shows_when_the_address_was_verified(in_admin, support, alice, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    alice.mark_email_verified()

    page = in_admin(support).get(page_of(alice)).content.decode()

    assert "Address verified" in page
    assert "Jan. 5, 2026" in page


@pytest.mark.parametrize(("choice", "shown"), [("1", "bob@example.com"), ("0", "alice@example.com")])
def test_the_list_filters_by_verification(in_admin, superuser, alice, bob, choice, shown):
    alice.mark_email_verified()

    page = in_admin(superuser).get(f"{USERS}?email_verified_at__isempty={choice}")

    assert [user.email for user in page.context["cl"].result_list if user != superuser] == [shown]
