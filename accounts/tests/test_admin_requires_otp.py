"""ADMIN_REQUIRES_OTP: which sessions of the admin need a second factor."""

import pytest
from django.contrib import admin
from django.core.management import call_command
from django.test import Client
from django.urls import URLResolver

from accounts.flows.deactivation import deactivate
from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on
from accounts.tests.staff import USERS, text_of
from conftest import NOWHERE, PASSWORD

NONE = "This server requires a second factor of staff, and your account has none."
OTHER_SESSION = "this session began without one"


@pytest.fixture
def _required(settings):
    settings.ADMIN_REQUIRES_OTP = "true"


def log_in(user, otp=""):
    browser = Client()
    browser.post("/admin/login/", {"username": user.email, "password": PASSWORD, "otp": otp, "next": "/admin/"})
    return browser


def is_refused(browser, reason=NONE, path="/admin/"):
    response = browser.get(path)
    return response.status_code == 403 and reason in text_of(response)


def test_by_default_nobody_needs_a_factor_until_somebody_of_staff_has_one(superuser, support):
    browser = log_in(support)
    assert browser.get("/admin/").status_code == 200

    switch_on(superuser)

    assert is_refused(browser)
    assert is_refused(log_in(support))


@pytest.mark.parametrize("state", ["not staff", "not confirmed", "deactivated"])
def test_by_default_other_factors_require_nothing(superuser, support, alice, state):
    match state:
        case "not staff":
            switch_on(alice)
        case "not confirmed":
            SecondFactor.objects.enrol(superuser)
        case "deactivated":
            switch_on(superuser)
            deactivate(superuser)

    assert log_in(support).get("/admin/").status_code == 200


def test_the_last_factor_that_is_disabled_ends_the_requirement(superuser, support):
    switch_on(superuser)
    SecondFactor.objects.disable(superuser)

    assert log_in(support).get("/admin/").status_code == 200


@pytest.mark.usefixtures("_required")
def test_true_requires_a_factor_of_everybody(support):
    assert is_refused(log_in(support))


def test_false_requires_none(superuser, support, settings):
    settings.ADMIN_REQUIRES_OTP = "false"
    switch_on(superuser)

    assert log_in(support).get("/admin/").status_code == 200


def test_a_log_in_with_the_factor_opens_the_admin(superuser):
    secret, _ = switch_on(superuser)

    assert log_in(superuser, code(secret)).get("/admin/").status_code == 200


def test_a_session_from_before_the_factor_has_to_log_in_again(superuser):
    browser = log_in(superuser)
    secret, _ = switch_on(superuser)

    assert is_refused(browser, OTHER_SESSION)
    assert log_in(superuser, code(secret)).get("/admin/").status_code == 200


def test_a_session_of_an_earlier_factor_has_to_log_in_again(superuser):
    secret, _ = switch_on(superuser)
    browser = log_in(superuser, code(secret))
    SecondFactor.objects.disable(superuser)
    switch_on(superuser)

    assert is_refused(browser, OTHER_SESSION)


def test_a_session_of_somebody_else_in_the_same_browser_is_forgotten(superuser, support, settings):
    secret, _ = switch_on(superuser)
    browser = log_in(superuser, code(secret))

    browser.post("/admin/login/", {"username": support.email, "password": PASSWORD})

    assert is_refused(browser)


def every_path(patterns, prefix="/admin/"):
    """Return a path for each URL of the admin."""
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from every_path(pattern.url_patterns, prefix + route)
        else:
            for parameter in ("<path:object_id>", "<id>", "<int:content_type_id>", "<path:object_id>"):
                route = route.replace(parameter, NOWHERE)
            yield prefix + route.replace("(?P<app_label>auth|accounts|admin|notes)", "accounts").strip("^$")


@pytest.mark.usefixtures("_required")
@pytest.mark.parametrize("method", ["get", "post"])
def test_no_other_page_of_the_admin_opens(superuser, method):
    browser = log_in(superuser)
    paths = set(every_path(admin.site.get_urls())) - {"/admin/login/", "/admin/logout/", "/admin/second_factor/"}

    opened = {path: getattr(browser, method)(path).status_code for path in sorted(paths)}

    assert {path for path, status in opened.items() if status != 403} == set()
    assert {USERS, f"{USERS}add/", "/admin/password_change/", "/admin/", "/admin/jsi18n/"} <= paths


@pytest.mark.usefixtures("_required")
def test_a_person_who_is_not_logged_in_gets_the_log_in_form():
    assert Client().get(USERS).headers["Location"] == f"/admin/login/?next={USERS}"


@pytest.mark.usefixtures("_required")
def test_an_account_that_is_not_staff_learns_nothing_about_the_requirement(in_admin, alice):
    assert in_admin(alice).get(USERS).status_code == 302


@pytest.mark.usefixtures("_required")
def test_staff_without_a_factor_can_log_out(superuser):
    browser = log_in(superuser)

    assert browser.post("/admin/logout/").status_code == 200
    assert browser.get("/admin/").status_code == 302


@pytest.mark.usefixtures("_required")
def test_the_page_says_how_to_get_in(superuser):
    page = text_of(log_in(superuser).get("/admin/"))

    assert 'href="/admin/second_factor/"' in page
    assert "manage.py disable_otp root@example.com" in page
    assert '<form method="post" action="/admin/logout/">' in page


@pytest.mark.usefixtures("_required")
def test_after_disable_otp_the_owner_can_enrol_again(superuser):
    switch_on(superuser)
    call_command("disable_otp", superuser.email)

    assert 'name="password"' in text_of(log_in(superuser).get("/admin/second_factor/"))


@pytest.mark.usefixtures("_required")
def test_the_api_does_not_require_a_factor(client, superuser):
    response = client.post("/login", {"username": superuser.email, "password": PASSWORD})

    assert response.status_code == 200
