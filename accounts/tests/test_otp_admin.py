"""The second factor at the admin's door, and what staff see and do of it."""

import base64

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import SecondFactor
from accounts.tests.authenticator import code
from accounts.tests.codes import START, switch_on, unlike
from accounts.tests.staff import USERS, page_of, run
from conftest import PASSWORD
from notes_api.environment import Rate

LOGIN = "/admin/login/"
ASKED = "Enter your password again, and a one-time code."
REFUSED = "This one-time code is wrong or was used before."
WRONG = "Please enter the correct e-mail address and password for a staff account."


@pytest.fixture(autouse=True)
def _clock(time_machine):
    time_machine.move_to(START, tick=False)


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


def text_of(response):
    return response.content.decode()


def is_in(browser):
    return browser.get("/admin/").status_code == 200


def test_the_form_has_a_field_for_the_code_whoever_asks(browser):
    page = text_of(browser.get(LOGIN))

    assert '<input type="text" name="otp" autocomplete="one-time-code" maxlength="64"' in page
    assert "Only if you have switched two-factor authentication on." in page
    assert 'href="/static/accounts/login.css"' in page


def test_staff_without_a_second_factor_leave_it_empty(browser, superuser):
    assert log_in(browser).headers["Location"] == "/admin/"
    assert is_in(browser)


def test_staff_with_a_second_factor_are_asked_for_the_code(browser, secret):
    response = log_in(browser)

    assert response.status_code == 200
    assert ASKED in text_of(response)
    assert not is_in(browser)


def test_password_and_code_open_the_admin(browser, secret):
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


def test_a_code_works_once_in_both_doors_together(browser, client, secret, superuser):
    otp = code(secret)
    client.post("/login", {"username": superuser.email, "password": PASSWORD, "otp": otp})

    assert REFUSED in text_of(log_in(browser, otp))
    assert not is_in(browser)


@pytest.mark.parametrize("otp", ["", "123456"])
def test_without_the_password_nobody_learns_who_is_asked_for_a_code(browser, secret, support, otp):
    on = text_of(log_in(browser, otp, password="wrong"))
    off = text_of(log_in(browser, otp, email=support.email, password="wrong"))
    unknown = text_of(log_in(browser, otp, email="nobody@example.com", password="wrong"))

    assert WRONG in on
    assert ASKED not in on
    assert REFUSED not in on
    assert on.count("errornote") == off.count("errornote") == unknown.count("errornote") == 1


def test_who_is_no_staff_is_not_asked_for_a_code(browser, alice):
    secret, _ = switch_on(alice)

    assert WRONG in text_of(log_in(browser, email=alice.email))
    assert WRONG in text_of(log_in(browser, code(secret), email=alice.email))


def test_the_form_repeats_neither_password_nor_how_it_was_called(browser, secret):
    page = text_of(log_in(browser))

    assert PASSWORD not in page
    assert 'value="root@example.com"' in page


@pytest.mark.usefixtures("_one_try")
def test_a_wrong_code_counts_as_a_try(browser, secret):
    log_in(browser, unlike(code(secret)))

    assert log_in(browser, code(secret)).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_wrong_codes_count_in_both_doors_together(browser, client, secret, superuser):
    log_in(browser, unlike(code(secret)))

    assert client.post("/login", {"username": superuser.email, "password": PASSWORD}).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_being_asked_is_no_try(browser, secret):
    log_in(browser)
    log_in(browser)

    assert log_in(browser, code(secret)).status_code == 302


@pytest.mark.usefixtures("_one_try")
def test_who_has_used_up_the_codes_of_a_day_is_told_how_long_to_wait(browser, secret, settings):
    settings.THROTTLE_LOGIN = Rate(1000, 900)
    for _ in range(100):
        log_in(browser, unlike(code(secret)))

    response = log_in(browser, code(secret))

    assert response.status_code == 429
    assert response.headers["Retry-After"] == "86400"
    assert "Too many tries: wait 1440 minutes, then try again." in text_of(response)


def test_a_code_that_is_too_long_is_a_mistake_in_the_form(browser, secret):
    response = log_in(browser, "1" * 65)

    assert response.status_code == 200
    assert "Ensure this value has at most 64 characters (it has 65)." in text_of(response)
    assert not is_in(browser)


def test_switching_it_on_does_not_shut_the_open_admin(in_admin, superuser):
    browser = in_admin(superuser)

    switch_on(superuser)

    assert is_in(browser)


def test_the_page_of_a_user_says_whether_it_is_on_and_nothing_else(in_admin, superuser, alice):
    secret, codes = switch_on(alice)
    factor = SecondFactor.objects.get()

    page = text_of(in_admin(superuser).get(page_of(alice)))

    assert "On since 2026-01-05; 10 recovery codes left" in page
    hidden = [secret.hex(), base64.b32encode(secret).decode(), factor.sealed_secret]
    assert [text for text in [*hidden, *codes, *factor.recovery_digests] if text in page] == []


def test_the_page_counts_the_recovery_codes_that_are_left(in_admin, superuser, alice):
    _, codes = switch_on(alice)
    for one in codes[1:]:
        SecondFactor.objects.get().accept(one)

    assert "1 recovery code left" in text_of(in_admin(superuser).get(page_of(alice)))


def test_the_page_says_that_it_is_off(in_admin, superuser, alice):
    assert '<div class="readonly">Off</div>' in text_of(in_admin(superuser).get(page_of(alice)))


def test_the_page_says_that_it_was_not_confirmed(in_admin, superuser, alice):
    SecondFactor.objects.enrol(alice)

    assert "Off; begun, not confirmed" in text_of(in_admin(superuser).get(page_of(alice)))


def test_nothing_of_django_otp_is_in_the_admin(in_admin, superuser):
    page = text_of(in_admin(superuser).get("/admin/"))

    assert "otp" not in page.lower()
    assert in_admin(superuser).get("/admin/accounts/secondfactor/").status_code == 404


def test_the_list_cannot_be_asked_about_the_secret(in_admin, superuser, alice):
    switch_on(alice)

    assert in_admin(superuser).get(f"{USERS}?second_factor__sealed_secret__startswith=g").status_code == 400
    assert in_admin(superuser).get(f"{USERS}?second_factor__recovery_digests__contains=a").status_code == 400


def test_support_switches_it_off_and_is_on_record(in_admin, support, alice, bob, client, as_user):
    switch_on(alice)
    SecondFactor.objects.enrol(bob)
    session = as_user(alice)

    response = run(in_admin(support), "disable_second_factor", alice, bob)

    assert "Switched off the second factor of 1 user." in text_of(response)
    assert client.post("/login", {"username": alice.email, "password": PASSWORD}).status_code == 200
    assert session.get("/users/me").status_code == 200
    assert [(entry.user, entry.object_id, entry.get_change_message()) for entry in LogEntry.objects.all()] == [
        (support, str(alice.pk), "Switched off the second factor of the account.")
    ]


def test_support_cannot_switch_it_off_for_staff(in_admin, support, superuser, staff):
    switch_on(superuser)
    switch_on(staff)

    response = run(in_admin(support), "disable_second_factor", superuser, staff)

    assert "Left out 2 users that you may not do this to." in text_of(response)
    assert SecondFactor.objects.on().count() == 2
    assert not LogEntry.objects.exists()


def test_support_cannot_switch_their_own_off_without_the_password(in_admin, support):
    switch_on(support)

    run(in_admin(support), "disable_second_factor", support)

    assert SecondFactor.objects.on().exists()


def test_who_may_only_look_cannot_switch_it_off(in_admin, staff, alice):
    switch_on(alice)
    staff.user_permissions.set([Permission.objects.get(codename="view_user")])

    run(in_admin(staff), "disable_second_factor", alice)

    assert SecondFactor.objects.on().exists()


def test_a_password_set_by_staff_does_not_switch_it_off(in_admin, superuser, alice):
    switch_on(alice)
    form = {"password1": "staple battery horse", "password2": "staple battery horse", "usable_password": "true"}

    in_admin(superuser).post(f"{USERS}{alice.pk}/password/", {**form, "set-password": "1"})

    alice.refresh_from_db()
    assert alice.check_password("staple battery horse")
    assert SecondFactor.objects.on().get().user == alice


def test_deleting_a_user_deletes_the_second_factor(in_admin, superuser, alice):
    switch_on(alice)

    page = in_admin(superuser).get(f"{USERS}{alice.pk}/delete/")
    in_admin(superuser).post(f"{USERS}{alice.pk}/delete/", {"post": "yes"})

    assert page.status_code == 200
    assert not SecondFactor.objects.exists()
