"""What the log says about changes of an account and about rejected attempts, by ids only."""

import re

import pytest
from django.test import Client

from accounts.authentication.security_log import WARNINGS, SecurityEvent
from accounts.models import MailLink
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on, unlike
from accounts.tests.staff import save
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.config.rate import Rate
from notes_api.settings import BASE_DIR

NEW_EMAIL = "alice@example.org"


@pytest.fixture
def _one_guess(settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def _one_mail(settings):
    settings.THROTTLE_MAIL = Rate(1, 3600)


def change_email(client, **members):
    return client.patch("/users/me", {"email": NEW_EMAIL, **members})


def test_the_documentation_lists_every_event_with_its_level():
    page = (BASE_DIR / "docs/operating.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+) account ID[^`]*` \| (\w+) \|", page, re.MULTILINE))

    assert rows == {event: "WARNING" if event in WARNINGS else "INFO" for event in SecurityEvent}


def test_a_changed_address_is_logged(as_user, alice, logged):
    assert change_email(as_user(alice)).status_code == 200

    assert logged() == [f"INFO email_changed account {alice.pk}"]


def test_a_requested_change_of_the_address_is_logged_and_its_confirmation_too(
    as_user, client, alice, logged, confirmed
):
    assert change_email(as_user(alice)).status_code == 202
    requested = logged()
    token = MailLink.objects.issue(MailLink.Purpose.CHANGE, NEW_EMAIL, alice.pk).token
    assert client.post("/email/verify", {"token": token}).status_code == 204

    assert requested == [f"INFO email_change_requested account {alice.pk}"]
    assert logged() == [f"INFO email_changed account {alice.pk}"]


def test_an_address_that_staff_change_is_logged(in_admin, superuser, alice, logged):
    save(in_admin(superuser), alice, email=NEW_EMAIL)

    assert logged() == [f"INFO email_changed account {alice.pk}"]


def test_an_erasure_is_logged(as_user, alice, logged):
    assert as_user(alice).post("/users/me/erase", {"current_password": PASSWORD}).status_code == 204

    assert logged() == [f"INFO account_erased account {alice.pk}"]


@pytest.mark.parametrize(
    ("method", "path", "members"),
    [
        ("post", "/users/me/erase", {}),
        ("post", "/users/me/otp", {"password": "wrong"}),
        ("post", "/users/me/otp/disable", {}),
        ("post", "/users/me/password", {"new_password": NEW_PASSWORD}),
        ("post", "/tokens", {"name": "Script", "scopes": ["notes:read"]}),
        ("patch", "/users/me", {"email": NEW_EMAIL}),
    ],
)
def test_a_wrong_password_for_a_change_is_logged(as_user, alice, logged, method, path, members):
    body = members if "password" in members else {**members, "current_password": "wrong"}

    response = getattr(as_user(alice), method)(path, body)

    assert response.status_code == 400
    assert logged() == [f"WARNING reauthentication_failed account {alice.pk}"]


def test_a_wrong_code_for_a_change_is_logged(as_user, alice, logged):
    secret, _ = switch_on(alice)

    response = change_email(as_user(alice), current_password=PASSWORD, otp=unlike(code(secret)))

    assert response.status_code == 400
    assert logged() == [f"WARNING reauthentication_failed account {alice.pk}"]


def test_a_wrong_old_password_in_the_admin_is_logged(in_admin, superuser, logged):
    form = {"old_password": "wrong", "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    in_admin(superuser).post("/admin/password_change/", form)

    assert logged() == [f"WARNING reauthentication_failed account {superuser.pk}"]


@pytest.mark.usefixtures("_one_guess")
def test_a_log_in_that_a_throttle_rejects_is_logged(client, alice, logged):
    for _ in range(2):
        response = client.post("/login", {"username": "Alice@Example.com", "password": "wrong"})

    assert response.status_code == 429
    assert logged() == [f"WARNING login_failed account {alice.pk}", f"WARNING attempt_throttled account {alice.pk}"]


@pytest.mark.usefixtures("_one_guess")
def test_a_rejected_log_in_to_an_unknown_account_is_logged_without_the_address(client, logged):
    for _ in range(2):
        client.post("/login", {"username": "nobody@example.com", "password": "wrong"})

    assert logged() == ["WARNING login_failed unknown account", "WARNING attempt_throttled unknown account"]


@pytest.mark.usefixtures("_one_guess")
def test_a_log_in_to_the_admin_that_a_throttle_rejects_is_logged(superuser, logged):
    for _ in range(2):
        Client().post("/admin/login/", {"username": superuser.email, "password": "wrong"})

    assert logged()[1:] == [f"WARNING attempt_throttled account {superuser.pk}"]


@pytest.mark.usefixtures("_one_guess")
def test_a_change_that_a_throttle_rejects_is_logged(as_user, alice, logged):
    phone = as_user(alice)
    for _ in range(2):
        response = change_email(phone, current_password="wrong")

    assert response.status_code == 429
    assert logged()[1:] == [f"WARNING attempt_throttled account {alice.pk}"]


@pytest.mark.usefixtures("_one_mail")
@pytest.mark.parametrize("path", ["/password/reset", "/email/verify/send"])
def test_a_mail_that_a_throttle_rejects_is_logged(client, alice, logged, path):
    for email in (alice.email, alice.email, "nobody@example.com", "nobody@example.com"):
        client.post(path, {"email": email})

    assert logged() == [f"WARNING mail_throttled account {alice.pk}", "WARNING mail_throttled unknown account"]
