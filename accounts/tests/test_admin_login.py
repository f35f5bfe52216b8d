"""Log-ins to the admin and to the API share their counts."""

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from accounts.flows.deactivation import deactivate
from conftest import PASSWORD
from notes_api.config.rate import Rate

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
def test_too_many_attempts_get_429_with_retry_after(browser, superuser):
    assert try_password(browser, superuser.email).status_code == 200

    response = try_password(browser, superuser.email, PASSWORD)

    assert response.status_code == 429
    assert 890 <= int(response.headers["Retry-After"]) <= 900
    assert "Too many attempts: wait 15 minutes, then try again." in response.content.decode()
    assert "_auth_user_id" not in browser.session


@pytest.mark.usefixtures("_one_try")
def test_guesses_at_an_unknown_account_count_equally(browser):
    assert try_password(browser, "nobody@example.com").status_code == 200
    assert try_password(browser, "nobody@example.com").status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_the_api_and_the_admin_count_together(browser, client, superuser):
    assert try_password(browser, superuser.email.upper()).status_code == 200
    assert client.post("/login", {"username": superuser.email, "password": PASSWORD}).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_a_successful_log_in_does_not_count(browser, superuser):
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302


@pytest.mark.usefixtures("_one_try")
def test_the_right_password_of_an_account_that_is_not_staff_counts(browser, alice):
    assert try_password(browser, alice.email, PASSWORD).status_code == 200
    assert try_password(browser, alice.email, PASSWORD).status_code == 429


@pytest.mark.usefixtures("_one_try")
def test_a_form_without_a_password_does_not_count(browser, superuser):
    assert try_password(browser, superuser.email, "").status_code == 200
    assert try_password(browser, superuser.email, PASSWORD).status_code == 302


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_the_admin_does_not_reveal_accounts(browser, alice, email):
    response = try_password(browser, email, PASSWORD)

    assert "Please enter the correct e-mail address and password for a staff account." in response.content.decode()


@pytest.mark.parametrize("email", ["root@example.com", "nobody@example.com", "alice@example.com"])
def test_every_wrong_password_costs_one_hash(browser, superuser, alice, monkeypatch, email):
    deactivate(alice)
    encode, hashes = MD5PasswordHasher.encode, []
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *args: hashes.append(1) or encode(*args))

    try_password(browser, email)

    assert hashes == [1]


def test_deactivating_staff_ends_their_admin_session(in_admin, superuser):
    browser = in_admin(superuser)

    deactivate(superuser)

    assert browser.get("/admin/").status_code == 302


def test_the_admin_shows_its_title_and_links_to_the_documentation(in_admin, superuser):
    page = in_admin(superuser).get("/admin/").content.decode()

    assert '<a href="/admin/">Cloud Notes</a>' in page
    assert 'href="/docs"' in page
