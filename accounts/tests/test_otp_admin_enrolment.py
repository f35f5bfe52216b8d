"""Enrolling a second factor in the admin."""

import base64
import re

import pytest
from django.core import mail
from django.test import Client

from accounts.models import SecondFactor
from accounts.tests.authenticator_app import code
from accounts.tests.second_factors import switch_on, unlike
from accounts.tests.staff import text_of
from conftest import PASSWORD
from notes_api.config.rate import Rate
from notes_api.server.hashing_paths import hashing_paths
from notes_api.urls import urlpatterns

PAGE = "/admin/second_factor/"


@pytest.fixture(autouse=True)
def _required(settings):
    settings.ADMIN_REQUIRES_OTP = "true"


@pytest.fixture
def browser(in_admin, superuser):
    return in_admin(superuser)


def enrol(browser, password=PASSWORD):
    return browser.post(PAGE, {"password": password})


def secret_on(page):
    return base64.b32decode(re.search(r"Secret: <code>(\w+)</code>", text_of(page))[1])


@pytest.mark.django_db(transaction=True)
def test_password_and_code_turn_it_on_and_open_the_admin(browser, superuser):
    assert 'name="password" autocomplete="current-password"' in text_of(browser.get(PAGE))
    asked = enrol(browser)
    key = browser.session.session_key
    confirmed = browser.post(PAGE, {"otp": code(secret_on(asked))})

    assert "<svg" in text_of(asked)
    assert len(re.findall(r"<li><code>(?:[a-z2-7]{4}-){5}[a-z2-7]{4}</code></li>", text_of(confirmed))) == 10
    assert "no-store" in asked.headers["Cache-Control"]
    assert "no-store" in confirmed.headers["Cache-Control"]
    assert browser.get("/admin/").status_code == 200
    assert browser.session.session_key != key
    assert [(sent.to, sent.subject) for sent in mail.outbox] == [
        ([superuser.email], "Two-factor authentication was turned on")
    ]


def test_other_sessions_stay_outside(browser, in_admin, superuser):
    other = in_admin(superuser)

    browser.post(PAGE, {"otp": code(secret_on(enrol(browser)))})

    assert other.get("/admin/").status_code == 403
    assert "Log out, and log in again with a one-time code." in text_of(other.get(PAGE))


def test_a_wrong_password_shows_no_secret(browser, logged, superuser):
    page = enrol(browser, "wrong")

    assert "This is not your password." in text_of(page)
    assert not SecondFactor.objects.exists()
    assert logged() == [f"WARNING reauthentication_failed account {superuser.pk}"]


def test_wrong_passwords_count_like_log_ins(browser, client, superuser, settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)
    enrol(browser, "wrong")

    assert "Too many attempts: wait 15 minutes, then try again." in text_of(enrol(browser))
    assert client.post("/login", {"username": superuser.email, "password": PASSWORD}).status_code == 429


def test_wrong_codes_count_like_log_ins(browser, settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)
    secret = secret_on(enrol(browser))
    browser.post(PAGE, {"otp": unlike(code(secret))})

    assert "Too many attempts" in text_of(browser.post(PAGE, {"otp": code(secret)}))
    assert not SecondFactor.objects.on().exists()


def test_a_wrong_code_can_be_corrected_and_opens_nothing(browser):
    secret = secret_on(enrol(browser))

    page = browser.post(PAGE, {"otp": unlike(code(secret))})

    assert "The code is wrong" in text_of(page)
    assert browser.get("/admin/").status_code == 403
    assert "recovery codes" in text_of(browser.post(PAGE, {"otp": code(secret)}))


def test_a_code_without_an_enrolment_turns_nothing_on(browser):
    assert "The time to confirm is over." in text_of(browser.post(PAGE, {"otp": "123456"}))


def test_an_enrolment_in_the_admin_cannot_replace_a_factor(browser, superuser):
    secret, _ = switch_on(superuser)

    assert "Your second factor is on." in text_of(enrol(browser))
    assert SecondFactor.objects.on().get().secret == secret


def test_a_code_for_the_present_factor_does_not_open_the_admin_here(browser, superuser):
    """It would skip the password and its count of wrong codes."""
    secret, _ = switch_on(superuser)

    browser.post(PAGE, {"otp": code(secret)})

    assert browser.get("/admin/").status_code == 403


def test_only_staff_reach_the_page(in_admin, alice):
    assert in_admin(alice).get(PAGE).headers["Location"] == f"/admin/login/?next={PAGE}"
    assert Client().post(PAGE, {"password": PASSWORD}).status_code == 302


def test_a_form_of_another_site_is_refused(superuser):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(superuser)

    assert enrol(browser).status_code == 403
    assert not SecondFactor.objects.exists()


def test_the_page_hashes_in_the_threads_for_passwords():
    assert PAGE in hashing_paths(urlpatterns)
