"""What the log says about access to an account: one line for each event, by ids only."""

from django.test import Client

from accounts.flows.revocation import revoke_api_tokens
from accounts.models import ApiToken, MailLink, Session
from accounts.tests.authenticator_app import shown_by_app
from accounts.tests.staff import run
from conftest import PASSWORD

NEW_PASSWORD = "another long walk"


def log_in(client, email, password=PASSWORD, **members):
    return client.post("/login", {"username": email, "password": password, **members})


def test_a_login_is_logged(client, alice, logged):
    log_in(client, alice.email)

    assert logged() == [f"INFO login_succeeded account {alice.pk} session {Session.objects.get().pk}"]


def test_a_failed_login_is_logged(client, alice, logged):
    log_in(client, alice.email, "wrong password")

    assert logged() == [f"WARNING login_failed account {alice.pk}"]


def test_a_failed_login_to_an_unknown_account_is_logged_without_the_address(client, logged):
    log_in(client, "nobody@example.com")

    assert logged() == ["WARNING login_failed unknown account"]


def test_logins_to_the_admin_are_logged(superuser, logged):
    form = {"username": superuser.email, "password": PASSWORD}
    Client().post("/admin/login/", {**form, "password": "wrong password"})
    Client().post("/admin/login/", form)

    assert logged() == [f"WARNING login_failed account {superuser.pk}", f"INFO login_succeeded account {superuser.pk}"]


def test_a_refresh_token_that_is_used_again_is_logged(client, alice, logged, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    token = log_in(client, alice.email).json()["refresh_token"]
    client.post("/login/refresh", {"refresh_token": token})
    time_machine.shift(60)
    logged()

    client.post("/login/refresh", {"refresh_token": token})

    assert logged() == [f"WARNING refresh_token_reused account {alice.pk} session {Session.objects.get().pk}"]


def test_changes_of_the_second_factor_are_logged(as_user, client, alice, logged):
    phone = as_user(alice)
    secret = phone.post("/users/me/otp", {"password": PASSWORD}).json()["secret"]
    phone.post("/users/me/otp/confirm", {"otp": next(shown_by_app(secret))})
    enabled = logged()
    log_in(client, alice.email, otp="000000")
    wrong = logged()
    as_user(alice).post("/users/me/otp/disable", {"password": PASSWORD})

    assert enabled == [f"INFO otp_enabled account {alice.pk}"]
    assert wrong == [f"WARNING login_failed account {alice.pk}"]
    assert logged() == [f"WARNING otp_disabled account {alice.pk}"]


def test_created_and_revoked_tokens_are_logged(as_user, alice, logged):
    phone = as_user(alice)
    location = phone.post("/tokens", {"name": "Script", "scopes": ["notes:read"]}).headers["Location"]
    phone.delete(location)

    token = ApiToken.objects.get().pk
    assert logged() == [
        f"INFO token_created account {alice.pk} token {token}",
        f"INFO token_revoked account {alice.pk} token {token}",
    ]


def test_a_token_that_staff_revoke_is_logged(by_token, in_admin, superuser, alice, logged):
    token = by_token(alice, "notes:read").token_row
    form = {"action": "revoke", "_selected_action": [token.pk]}

    in_admin(superuser).post("/admin/accounts/apitoken/", form)

    assert logged() == [f"INFO token_revoked account {alice.pk} token {token.pk}"]


def test_all_tokens_revoked_at_once_are_one_line(by_token, alice, logged):
    by_token(alice, "notes:read")
    by_token(alice, "notes:read")

    revoke_api_tokens(alice)

    assert logged() == [f"INFO tokens_revoked account {alice.pk} number 2"]


def test_a_second_factor_that_staff_turn_off_is_logged(in_admin, superuser, as_user, alice, logged):
    phone = as_user(alice)
    secret = phone.post("/users/me/otp", {"password": PASSWORD}).json()["secret"]
    phone.post("/users/me/otp/confirm", {"otp": next(shown_by_app(secret))})
    logged()

    run(in_admin(superuser), "disable_second_factor", alice)

    assert logged() == [f"WARNING otp_disabled account {alice.pk}"]


def test_a_changed_password_is_logged(as_user, alice, logged):
    as_user(alice).post("/users/me/password", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})

    assert logged() == [f"INFO password_changed account {alice.pk}"]


def test_a_password_set_with_a_link_is_logged(client, alice, logged):
    token = MailLink.objects.issue(MailLink.Purpose.RESET, alice.email, alice.pk).token

    client.post("/password/reset/confirm", {"token": token, "new_password": NEW_PASSWORD})

    assert logged() == [f"INFO password_reset account {alice.pk}"]
