"""Replacing SECRET_KEY: with the old key as a fallback everything stays valid, without it nothing does."""

import jwt
import pytest

from accounts.tests.second_factors import switch_on
from conftest import PASSWORD
from notes.tests.factories import make_note

NEW_KEY = "another-0123456789-abcdefghijklmnopqrstuvw"
ADMIN = "/admin/accounts/user/"


@pytest.fixture
def replace_key(settings):
    """The old key becomes a fallback."""

    def replace_key(key=NEW_KEY):
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        settings.SECRET_KEY = key

    return replace_key


@pytest.fixture
def forget_old_keys(settings):
    def forget_old_keys():
        settings.SECRET_KEY_FALLBACKS = []

    return forget_old_keys


@pytest.fixture
def tokens(client, alice):
    return log_in(client)


def log_in(client):
    return client.post("/login", {"username": "alice@example.com", "password": PASSWORD}).json()


def refresh(client, tokens):
    return client.post("/login/refresh", {"refresh_token": tokens["refresh_token"]})


def get(client, tokens, path="/users/me"):
    return client.get(path, headers={"Authorization": f"Bearer {tokens['access_token']}"})


def key_of(token):
    return jwt.get_unverified_header(token)["kid"]


def test_an_access_token_of_the_old_key_works(client, tokens, replace_key):
    replace_key()

    assert get(client, tokens).status_code == 200


def test_a_refresh_token_of_the_old_key_works(client, tokens, replace_key):
    replace_key()

    assert refresh(client, tokens).status_code == 200


def test_tokens_of_a_refresh_are_signed_with_the_new_key(client, tokens, replace_key, forget_old_keys):
    replace_key()
    renewed = refresh(client, tokens).json()
    forget_old_keys()

    assert key_of(renewed["access_token"]) == key_of(renewed["refresh_token"]) != key_of(tokens["access_token"])
    assert get(client, renewed).status_code == 200
    assert refresh(client, renewed).status_code == 200


def test_tokens_of_every_key_that_is_listed_work(client, tokens, replace_key):
    replace_key()
    replace_key("a-third-0123456789-abcdefghijklmnopqrstuvw")

    assert get(client, tokens).status_code == 200


def test_without_its_key_no_token_works(client, tokens, replace_key, forget_old_keys):
    replace_key()
    forget_old_keys()

    assert get(client, tokens).status_code == 401
    assert refresh(client, tokens).status_code == 401


def test_a_key_that_is_listed_ahead_verifies(client, tokens, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, NEW_KEY
    ahead = log_in(client)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = old, [NEW_KEY]

    assert get(client, ahead).status_code == 200
    assert key_of(log_in(client)["access_token"]) == key_of(tokens["access_token"])


def test_a_key_verifies_only_tokens_that_name_it(client, tokens, replace_key):
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    replace_key()
    header, payload, _ = log_in(client)["access_token"].split(".")
    _, _, signature = jwt.encode(claims, "another key, which nobody listed", "HS256").split(".")

    assert get(client, {"access_token": f"{header}.{payload}.{signature}"}).status_code == 401


@pytest.fixture
def since(as_user, alice):
    make_note(owner=alice)
    return f"/changes?since={as_user(alice).get('/changes').json()['next']}"


@pytest.fixture
def second_page(as_user, alice):
    make_note(owner=alice)
    make_note(owner=alice)
    return as_user(alice).get("/notes?limit=1").json()["next"]


def test_a_client_syncs_on_from_a_cursor_of_the_old_key(as_user, alice, since, replace_key):
    replace_key()

    assert as_user(alice).get(since).json()["changes"] == []


def test_without_its_key_a_client_syncs_from_the_start(as_user, alice, since, replace_key, forget_old_keys):
    replace_key()
    forget_old_keys()

    assert as_user(alice).get(since).status_code == 410


def test_the_next_cursor_is_signed_with_the_new_key(as_user, alice, since, replace_key, forget_old_keys):
    replace_key()
    cursor = as_user(alice).get(since).json()["next"]
    forget_old_keys()

    assert as_user(alice).get(f"/changes?since={cursor}").status_code == 200


def test_reading_pages_continues_after_the_replacement(as_user, alice, second_page, replace_key):
    replace_key()

    assert len(as_user(alice).get(second_page).json()["results"]) == 1


def test_without_its_key_a_page_is_refused(as_user, alice, second_page, replace_key, forget_old_keys):
    replace_key()
    forget_old_keys()

    assert as_user(alice).get(second_page).status_code == 400


def test_a_browser_that_came_back_in_time_stays_in_the_admin(in_admin, superuser, replace_key, forget_old_keys):
    browser = in_admin(superuser)
    replace_key()
    assert browser.get(ADMIN).status_code == 200
    forget_old_keys()

    assert browser.get(ADMIN).status_code == 200


def test_a_browser_that_comes_too_late_logs_in_again(in_admin, superuser, replace_key, forget_old_keys):
    browser = in_admin(superuser)
    replace_key()
    forget_old_keys()

    assert browser.get(ADMIN).status_code == 302


def test_the_second_factor_stays_required(client, alice, replace_key, forget_old_keys):
    switch_on(alice)
    replace_key()
    kept = log_in(client)["code"]
    forget_old_keys()

    assert (kept, log_in(client)["code"]) == ("mfa_required", "mfa_required")
