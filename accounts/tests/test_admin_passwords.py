"""The owner gets a mail when staff replace the password."""

import pytest

from accounts.flows.deactivation import deactivate
from accounts.models import Grant
from accounts.tests.account_requests import text_in
from accounts.tests.grants import make_grant
from accounts.tests.staff import USERS
from conftest import NEW_PASSWORD

pytestmark = pytest.mark.usefixtures("on_commit")

SET_PASSWORD = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}
DISABLE_PASSWORD = {"usable_password": "false", "unset-password": "1"}


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize(("form", "done"), [(SET_PASSWORD, "replaced"), (DISABLE_PASSWORD, "disabled")])
def test_the_owner_gets_a_mail_when_staff_change_the_password(
    in_admin, support, alice, mailoutbox, form, done, is_active
):
    alice.update_columns({"is_active": is_active})

    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["alice@example.com"], f"Your password was {done}")
    assert "alice@example.com at http://" in mail.body
    assert f"has {done} the password of your account" in text_in(mail)
    assert NEW_PASSWORD not in mail.body
    assert "support@example.com" not in mail.body


def test_an_account_without_a_password_gets_a_hint_how_to_set_one(in_admin, support, alice, mailoutbox):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", DISABLE_PASSWORD)

    [mail] = mailoutbox
    assert "you can no longer log in with a password" in text_in(mail)
    assert "to log in again, ask for a link to set a new password" in text_in(mail)


@pytest.mark.parametrize("form", [SET_PASSWORD, DISABLE_PASSWORD])
def test_the_mail_about_a_password_of_staff_says_that_programs_have_no_access_now(
    in_admin, support, alice, mailoutbox, form
):
    make_grant(alice, "notes:read")

    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert "the access of all programs has ended" in text_in(mail)
    assert not Grant.objects.live().exists()


@pytest.mark.parametrize("form", [SET_PASSWORD, DISABLE_PASSWORD])
def test_sending_a_link_to_an_inactive_account_shows_a_message(in_admin, support, alice, mailoutbox, form):
    deactivate(alice)

    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert "the account is deactivated: nobody can log in, and no link to set a new password is sent" in text_in(mail)


def test_no_mail_is_sent_about_a_refused_password(in_admin, support, alice, mailoutbox):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", {**SET_PASSWORD, "password2": "another one entirely"})

    assert mailoutbox == []
