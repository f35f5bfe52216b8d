"""The admin's door counts with that of the API."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from conftest import PASSWORD
from notes_api.environment import Rate

LOGIN = "/admin/login/"


@pytest.fixture
def browser():
    return Client()


@pytest.fixture
def _one_try(settings):
    settings.THROTTLE_LOGIN = Rate(1, 900)


def try_password(browser, email, password="wrong password"):
    return browser.post(LOGIN, {"username": email, "password": password, "next": "/admin/"})


@pytest.mark.parametrize("email", ["root@example.com", "Root@Example.COM"])
def test_staff_log_in_with_the_address_in_any_case(browser, superuser, email):
    response = try_password(browser, email, PASSWORD)

    assert response.headers["Location"] == "/admin/"
    assert browser.get("/admin/").status_code == 200


@pytest.mark.usefixtures("_one_try")
def test_too_many_tries_are_told_how_long_to_wait(browser, superuser):
    assert try_password(browser, superuser.email).status_code == 200

    response = try_password(browser, superuser.email, PASSWORD)

    assert response.status_code == 429
    assert 890 <= int(response.headers["Retry-After"]) <= 900
    assert "Too many tries: wait 15 minutes, then try again." in response.content.decode()
    assert "_auth_user_id" not in browser.session


@pytest.mark.usefixtures("_one_try")
def test_an_account_that_does_not_exist_is_counted_alike(browser):
    assert try_password(browser, "nobody@example.com").status_code == 200
    assert try_password(browser, "nobody@example.com").status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_the_api_and_the_admin_count_together(browser, client, superuser):
    assert try_password(browser, superuser.email.upper()).status_code == 200
    assert client.post("/login", {"username": superuser.email, "password": PASSWORD}).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_a_log_in_gives_its_try_back(browser, superuser):
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302


@pytest.mark.usefixtures("_one_try")
def test_the_right_password_of_somebody_who_is_no_staff_counts_as_a_try(browser, alice):
    assert try_password(browser, alice.email, PASSWORD).status_code == 200
    assert try_password(browser, alice.email, PASSWORD).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_a_form_without_a_password_is_no_try(browser, superuser):
    assert try_password(browser, superuser.email, "").status_code == 200
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_no_staff_and_nobody_are_told_the_same(browser, alice, email):
    response = try_password(browser, email, PASSWORD)

    assert "Please enter the correct e-mail address and password for a staff account." in response.content.decode()


@pytest.mark.parametrize("email", ["root@example.com", "nobody@example.com", "alice@example.com"])
def test_every_wrong_try_costs_one_hash(browser, superuser, alice, monkeypatch, email):
    alice.deactivate()
    encode, hashes = MD5PasswordHasher.encode, []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))

    try_password(browser, email)

    assert hashes == [1]


def test_a_deactivated_member_of_staff_is_shut_out_at_once(in_admin, superuser):
    browser = in_admin(superuser)

    superuser.deactivate()

    assert browser.get("/admin/").status_code == 302


def test_the_site_says_whose_it_is_and_leads_to_the_documentation(in_admin, superuser):
    page = in_admin(superuser).get("/admin/").content.decode()

    assert '<a href="/admin/">Cloud Notes</a>' in page
    assert 'href="/docs"' in page
