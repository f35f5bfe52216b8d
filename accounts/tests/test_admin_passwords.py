"""When staff replace somebody's password, the owner hears of it."""

import pytest

from accounts.tests.staff import NEW_PASSWORD, USERS

pytestmark = pytest.mark.django_db(transaction=True)

SET_PASSWORD = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}
DISABLE_PASSWORD = {"usable_password": "false", "unset-password": "1"}


@pytest.mark.parametrize("form", [SET_PASSWORD, DISABLE_PASSWORD])
def test_the_owner_is_told_by_mail_when_staff_replace_the_password(in_admin, support, alice, mailoutbox, form):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", form)

    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["alice@example.com"], "Your password was replaced")
    assert "alice@example.com at http://" in mail.body
    assert NEW_PASSWORD not in mail.body
    assert "support@example.com" not in mail.body


def test_nobody_is_told_of_a_password_that_was_refused(in_admin, support, alice, mailoutbox):
    in_admin(support).post(f"{USERS}{alice.pk}/password/", {**SET_PASSWORD, "password2": "another one entirely"})

    assert mailoutbox == []
