"""When staff replace somebody's password, the owner hears of it."""

import pytest

from accounts.tests.staff import NEW_PASSWORD, USERS

pytestmark = pytest.mark.django_db(transaction=True)

SET_PASSWORD = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}
DISABLE_PASSWORD = {"usable_password": "false", "unset-password": "1"}


def text_of(mail):
    """The words of the mail, wherever its lines end."""
    return " ".join(mail.body.split()).lower()


@pytest.mark.parametrize("is_active", [True, False])
@pytest.mark.parametrize(("form", "done"), [(SET_PASSWORD, "replaced"), (DISABLE_PASSWORD, "disabled")])
def test_the_owner_is_told_by_mail_what_staff_did_to_the_password(
    in_admin, support, alice, mailoutbox, form, done, is_active
):
    alice.change({"is_active": is_active})

    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["alice@example.com"], f"Your password was {done}")
    assert "alice@example.com at http://" in mail.body
    assert f"has {done} the password of your account" in text_of(mail)
    assert NEW_PASSWORD not in mail.body
    assert "support@example.com" not in mail.body


def test_who_has_no_password_any_more_is_told_how_to_set_one(in_admin, support, alice, mailoutbox):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", DISABLE_PASSWORD)

    [mail] = mailoutbox
    assert "no password opens it any more" in text_of(mail)
    assert "to get in again, ask for a link to set a new password" in text_of(mail)


@pytest.mark.parametrize("form", [SET_PASSWORD, DISABLE_PASSWORD])
def test_whose_account_is_shut_is_told_that_no_link_is_sent(in_admin, support, alice, mailoutbox, form):
    alice.deactivate()

    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert "the account is deactivated: nobody can log in, and no link to set a new password is sent" in text_of(mail)


def test_nobody_is_told_of_a_password_that_was_refused(in_admin, support, alice, mailoutbox):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", {**SET_PASSWORD, "password2": "another one entirely"})

    assert mailoutbox == []
