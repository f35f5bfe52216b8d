"""Revoking API tokens in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission

from accounts.models import ApiToken
from accounts.tests.credentials import is_accepted
from accounts.tests.staff import USERS, revoke_tokens, run
from conftest import NEW_PASSWORD


def test_revoking_takes_effect_immediately_and_is_logged(browser, support, alice, bob, script, other):
    response = revoke_tokens(browser, script.token_row, other.token_row)

    assert "Revoked: 2 of 2." in response.content.decode()
    assert [is_accepted(script), is_accepted(other)] == [False, False]
    assert [(entry.user, entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.order_by("id")] == [
        (support, str(script.token_row.pk), f"Revoked the token of account {alice.pk}."),
        (support, str(other.token_row.pk), f"Revoked the token of account {bob.pk}."),
    ]


def test_log_entries_do_not_name_the_token(browser, script):
    revoke_tokens(browser, script.token_row)

    assert script.token_row.name not in LogEntry.objects.get().object_repr


def test_revoking_a_revoked_token_is_not_logged(browser, script):
    revoke_tokens(browser, script.token_row)
    when = ApiToken.objects.get().revoked_at

    response = revoke_tokens(browser, script.token_row)

    assert "Revoked: 0 of 1." in response.content.decode()
    assert LogEntry.objects.count() == 1
    assert ApiToken.objects.get().revoked_at == when


def test_support_cannot_revoke_the_tokens_of_staff(browser, script, by_token, superuser):
    of_root = by_token(superuser, "notes:read")

    response = revoke_tokens(browser, script.token_row, of_root.token_row)

    assert "Skipped, because you may not manage the account: 1." in response.content.decode()
    assert [is_accepted(script), is_accepted(of_root)] == [False, True]


@pytest.mark.parametrize("rights", [[], ["view_apitoken"], ["change_user"]])
def test_staff_without_the_permission_cannot_revoke(in_admin, staff, script, rights):
    staff.user_permissions.set(Permission.objects.filter(codename__in=rights))

    revoke_tokens(in_admin(staff), script.token_row)

    assert is_accepted(script)


def test_all_tokens_of_users_are_revoked_from_their_list(browser, script, other, by_token, alice, support):
    second = by_token(alice, "notes:append")

    response = run(browser, "revoke_api_tokens", alice)

    assert "Revoked all API tokens of 1 user." in response.content.decode()
    assert [is_accepted(script), is_accepted(second), is_accepted(other)] == [False, False, True]
    assert LogEntry.objects.get().get_change_message() == "Revoked all API tokens of the account."


def test_support_cannot_revoke_all_tokens_of_staff(browser, by_token, superuser):
    of_root = by_token(superuser, "notes:read")

    run(browser, "revoke_api_tokens", superuser)

    assert is_accepted(of_root)


def test_a_password_set_by_staff_revokes_tokens_too(browser, script, alice):
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}

    browser.post(f"{USERS}{alice.pk}/password/", form)

    assert not is_accepted(script)


def test_api_tokens_stay_valid_after_a_new_password_in_the_admin(in_admin, superuser, by_token):
    client = by_token(superuser, "notes:read")
    form = {"old_password": "correct horse battery", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    response = in_admin(superuser).post("/admin/password_change/", form)

    assert response.status_code == 302
    assert is_accepted(client)
