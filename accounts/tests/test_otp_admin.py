"""The second factor in the admin: at log-in, and on the page of a user."""

import base64

import pytest
from django.test import Client

from accounts.authentication import one_time_codes
from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on, unlike
from accounts.tests.staff import page_of, text_of
from conftest import PASSWORD
from notes_api.config.rate import Rate

pytestmark = pytest.mark.usefixtures("at_nine")

LOGIN = "/admin/login/"
ASKED = "Enter your password again, and a one-time code."
REFUSED = "This one-time code is wrong or was used before."
WRONG = "Please enter the correct e-mail address and password for a staff account."


@pytest.fixture
def _one_try(settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)


@pytest.fixture
def browser():
    return Client()


@pytest.fixture
def secret(superuser):
    return switch_on(superuser)[0]


def log_in(browser, otp="", email="root@example.com", password=PASSWORD):
    return browser.post(LOGIN, {"username": email, "password": password, "otp": otp, "next": "/admin/"})


def is_in(browser):
    return browser.get("/admin/").status_code == 200


def test_the_form_always_has_a_field_for_the_code(browser):
    page = text_of(browser.get(LOGIN))

    assert '<input type="text" name="otp" autocomplete="one-time-code" maxlength="64"' in page
    assert "Only if you have turned two-factor authentication on." in page
    assert 'href="/static/accounts/login.' in page


def test_staff_without_a_second_factor_leave_it_empty(browser, superuser):
    assert log_in(browser).headers["Location"] == "/admin/"
    assert is_in(browser)


def test_staff_with_a_second_factor_are_asked_for_the_code(browser, secret):
    response = log_in(browser)

    assert response.status_code == 200
    assert ASKED in text_of(response)
    assert not is_in(browser)


def test_password_and_code_log_in_to_the_admin(browser, secret):
    assert log_in(browser, code(secret)).headers["Location"] == "/admin/"
    assert is_in(browser)


def test_a_recovery_code_opens_the_admin_once(browser, superuser):
    _, codes = switch_on(superuser)

    assert log_in(browser, codes[0]).status_code == 302
    assert REFUSED in text_of(log_in(Client(), codes[0]))


def test_a_wrong_code_does_not_open_the_admin(browser, secret):
    response = log_in(browser, unlike(code(secret)))

    assert REFUSED in text_of(response)
    assert not is_in(browser)


def test_a_code_works_once_in_the_api_and_the_admin_together(browser, client, secret, superuser):
    otp = code(secret)
    client.post("/login", {"username": superuser.email, "password": PASSWORD, "otp": otp})

    assert REFUSED in text_of(log_in(browser, otp))
    assert not is_in(browser)


@pytest.mark.parametrize("otp", ["", "123456"])
def test_a_wrong_password_does_not_reveal_who_needs_a_code(browser, secret, support, otp):
    on = text_of(log_in(browser, otp, password="wrong"))
    off = text_of(log_in(browser, otp, email=support.email, password="wrong"))
    unknown = text_of(log_in(browser, otp, email="nobody@example.com", password="wrong"))

    assert WRONG in on
    assert ASKED not in on
    assert REFUSED not in on
    assert on.count("errornote") == off.count("errornote") == unknown.count("errornote") == 1


def test_an_account_that_is_not_staff_is_not_asked_for_a_code(browser, alice):
    secret, _ = switch_on(alice)

    assert WRONG in text_of(log_in(browser, email=alice.email))
    assert WRONG in text_of(log_in(browser, code(secret), email=alice.email))


def test_the_form_repeats_neither_password_nor_how_it_was_called(browser, secret):
    page = text_of(log_in(browser))

    assert PASSWORD not in page
    assert 'value="root@example.com"' in page


@pytest.mark.usefixtures("_one_try")
def test_a_wrong_code_counts(browser, secret):
    log_in(browser, unlike(code(secret)))

    assert log_in(browser, code(secret)).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_wrong_codes_count_for_the_api_and_the_admin_together(browser, client, secret, superuser):
    log_in(browser, unlike(code(secret)))

    assert client.post("/login", {"username": superuser.email, "password": PASSWORD}).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_being_asked_for_a_code_does_not_count(browser, secret):
    log_in(browser)
    log_in(browser)

    assert log_in(browser, code(secret)).status_code == 302


@pytest.mark.usefixtures("_one_try")
def test_too_many_codes_in_a_day_get_429_with_retry_after(browser, secret, settings, monkeypatch):
    settings.THROTTLE_LOGIN = Rate(1000, 900)
    monkeypatch.setattr(one_time_codes, "WRONG_CODES", Rate(5, 86400))
    for _ in range(5):
        log_in(browser, unlike(code(secret)))

    response = log_in(browser, code(secret))

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "86400"
    assert "Too many attempts: wait 1440 minutes, then try again." in text_of(response)


def test_a_code_that_is_too_long_is_a_form_error(browser, secret):
    response = log_in(browser, "1" * 65)

    assert response.status_code == 200
    assert "Ensure this value has at most 64 characters (it has 65)." in text_of(response)
    assert not is_in(browser)


def test_enabling_the_second_factor_keeps_the_admin_session_if_none_is_required(in_admin, superuser, settings):
    settings.ADMIN_REQUIRES_OTP = "false"
    browser = in_admin(superuser)

    switch_on(superuser)

    assert is_in(browser)


def test_the_page_of_a_user_shows_only_whether_the_second_factor_is_on(in_admin, superuser, alice):
    secret, codes = switch_on(alice)
    factor = SecondFactor.objects.get()

    page = text_of(in_admin(superuser).get(page_of(alice)))

    assert "On since 2026-01-05; 10 recovery codes left" in page
    hidden = [secret.hex(), base64.b32encode(secret).decode(), factor.sealed_secret]
    assert [text for text in [*hidden, *codes, *factor.recovery_digests] if text in page] == []
