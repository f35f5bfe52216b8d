"""What a browser shows where a link in a mail leads, and what its form does."""

import re
from html import unescape

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.models import MailLink, User
from accounts.tests.mailing import ask_for_reset, ask_for_verification, change_email, link_in, log_in, token_in
from conftest import PASSWORD
from notes_api.environment import Rate

pytestmark = pytest.mark.django_db(transaction=True)

NEW_PASSWORD = "staple battery horse"
START = "2026-01-05T09:00:00Z"
RESET, VERIFY = "/password/reset/confirm", "/email/verify"
PATHS = [RESET, VERIFY]
# What Chromium sends.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def _addresses_are_verified(settings):
    settings.EMAIL_VERIFICATION = "optional"


@pytest.fixture
def tokens(client, alice):
    """What Alice's mails brought her, by where their links lead."""
    ask_for_reset(client)
    ask_for_verification(client)
    return {RESET: token_in(mail.outbox[0]), VERIFY: token_in(mail.outbox[1])}


def follow(client, path, token):
    return client.get(path, {"token": token}, headers=BROWSER)


def send(client, path, **members):
    """Press the button of the form."""
    body = "&".join(f"{name}={value}" for name, value in members.items())
    return client.post(path, body, content_type=FORM, headers=BROWSER)


def heading(response):
    return unescape(re.search(r"<h1>(.*?)</h1>", response.content.decode())[1])


def errors(response):
    return [unescape(error) for error in re.findall(r"<li>(.*?)</li>", response.content.decode())]


def hidden_token(response):
    return re.search(r'type="hidden" name="token" value="([^"]*)"', response.content.decode())[1]


@pytest.mark.parametrize(("path", "title"), [(RESET, "Set a new password"), (VERIFY, "Confirm your address")])
def test_a_link_opens_a_form_that_holds_its_token(client, tokens, path, title):
    response = follow(client, path, tokens[path])

    assert (response.status_code, heading(response)) == (200, title)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<form method="post" action="{path}">' in response.content.decode()
    assert hidden_token(response) == tokens[path]
    assert "alice@example.com" in response.content.decode()


def test_the_address_in_the_mail_is_that_of_the_page(client, tokens):
    address = link_in(mail.outbox[0]).removeprefix("http://127.0.0.1:8000")

    assert client.get(address, headers=BROWSER).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("accept", [BROWSER["Accept"], "*/*"])
def test_looking_at_a_link_changes_nothing(client, tokens, path, method, accept):
    account, links = User.objects.values().get(), list(MailLink.objects.values())

    getattr(client, method)(path, {"token": tokens[path]}, headers={"Accept": accept})

    assert (User.objects.values().get(), list(MailLink.objects.values())) == (account, links)


@pytest.mark.parametrize("path", PATHS)
def test_a_link_can_be_asked_for_its_head(client, tokens, path):
    response = client.head(path, {"token": tokens[path]}, headers=BROWSER)

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_form_asks_for_a_password_as_long_as_the_server_wants_it(client, tokens, settings):
    settings.PASSWORD_MIN_LENGTH = 15

    page = follow(client, RESET, tokens[RESET]).content.decode()

    assert 'type="password" name="new_password" autocomplete="new-password" minlength="15"' in page


def test_the_form_sets_the_password(client, tokens):
    response = send(client, RESET, token=tokens[RESET], new_password="staple+battery+horse")

    assert (response.status_code, heading(response)) == (200, "Your new password is set")
    assert log_in(client, NEW_PASSWORD) == 200
    assert log_in(client, PASSWORD) == 401


def test_the_form_sets_a_password_of_any_characters(client, tokens):
    send(client, RESET, token=tokens[RESET], new_password="+%3Cp%C3%A4%C3%9F%26w%F0%9F%98%80rd%3E%22+")

    assert log_in(client, ' <päß&w😀rd>" ') == 200


def test_the_form_verifies_the_address(client, tokens):
    response = send(client, VERIFY, token=tokens[VERIFY])

    assert (response.status_code, heading(response)) == (200, "Your address is confirmed")
    assert User.objects.get().email_verified


def test_the_form_gives_the_account_its_new_address(client, as_user, alice):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    page = follow(client, VERIFY, token)

    response = send(client, VERIFY, token=token)

    assert "new@example.com" in page.content.decode()
    assert (response.status_code, heading(response)) == (200, "Your address is confirmed")
    assert User.objects.get().email == "new@example.com"


@pytest.mark.parametrize(
    ("password", "error"),
    [
        ("Ohm.ei7", "This password is too short. It must contain at least 8 characters."),
        ("password123", "This password is too common."),
        ("", "This field may not be blank."),
        ("%00" * 9, "Null characters are not allowed."),
    ],
)
def test_a_refused_password_is_asked_for_again(client, tokens, password, error):
    response = send(client, RESET, token=tokens[RESET], new_password=password)

    assert (response.status_code, heading(response)) == (400, "Set a new password")
    assert errors(response) == [error]
    assert "Ohm.ei7" not in response.content.decode()
    assert send(client, RESET, token=hidden_token(response), new_password=NEW_PASSWORD).status_code == 200


def is_no_longer_good(response):
    text = response.content.decode()
    return (response.status_code, heading(response)) == (400, "This did not work") and "no longer good" in text


def test_a_link_that_was_used_says_so(client, tokens):
    send(client, RESET, token=tokens[RESET], new_password=NEW_PASSWORD)

    assert is_no_longer_good(follow(client, RESET, tokens[RESET]))
    assert is_no_longer_good(send(client, RESET, token=tokens[RESET], new_password="a+third+password"))
    assert log_in(client, NEW_PASSWORD) == 200


@pytest.mark.parametrize("path", PATHS)
def test_a_link_that_is_too_old_says_so(client, alice, time_machine, path):
    time_machine.move_to(START, tick=False)
    ask_for_reset(client)
    ask_for_verification(client)
    token = {RESET: token_in(mail.outbox[0]), VERIFY: token_in(mail.outbox[1])}[path]
    time_machine.shift(3600)

    assert is_no_longer_good(follow(client, path, token))
    assert is_no_longer_good(send(client, path, token=token, **password_for(path)))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("query", ["", "?token=", "?token=x", "?token=%00", "?token=%ED%A0%80", "?other=1"])
def test_a_link_that_is_not_whole_is_no_good(client, path, query):
    assert is_no_longer_good(client.get(path + query, headers=BROWSER))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", ["", "token=", "token=x", "token=%00", f"token={'a' * 129}", "%%%", "x=1&token=x"])
def test_a_form_that_is_not_whole_is_no_good(client, path, body):
    assert is_no_longer_good(client.post(path, body, content_type=FORM, headers=BROWSER))


def test_a_link_for_one_thing_does_not_open_the_form_for_another(client, tokens):
    assert is_no_longer_good(follow(client, RESET, tokens[VERIFY]))
    assert is_no_longer_good(follow(client, VERIFY, tokens[RESET]))


def test_what_mail_programs_add_to_a_link_does_no_harm(client, tokens):
    address = f"{RESET}?utm_source=mail&token={tokens[RESET]}"

    assert client.get(address, headers=BROWSER).status_code == 200


def test_an_address_that_was_taken_meanwhile_is_told(client, as_user, alice):
    change_email(as_user(alice))
    User.objects.create_user("new@example.com", PASSWORD)

    response = send(client, VERIFY, token=token_in(mail.outbox[0]))

    assert (response.status_code, heading(response)) == (409, "This did not work")
    assert "An account with this e-mail address already exists." in response.content.decode()


def test_whatever_the_page_shows_is_escaped(client, alice):
    User.objects.filter(pk=alice.pk).update(email="\"><b>'&@example.com")
    token = MailLink.objects.issue("reset", "\"><b>'&@example.com", alice.pk)

    page = follow(client, RESET, token).content.decode()

    assert 'value="&quot;&gt;&lt;b&gt;&#x27;&amp;@example.com"' in page


@pytest.mark.parametrize("path", PATHS)
def test_the_token_that_somebody_else_made_up_is_not_shown(client, path):
    assert b"<script>" not in follow(client, path, "<script>alert(1)</script>").content


def password_for(path):
    return {"new_password": NEW_PASSWORD} if path == RESET else {}


def pages(client, path, token):
    """Every kind: the form, the refusal, the end."""
    members = password_for(path)
    return [
        follow(client, path, token),
        follow(client, path, "x"),
        send(client, path, token="x", **members),
        send(client, path, token=token, new_password="short"),
        send(client, path, token=token, **members),
    ]


@pytest.mark.parametrize("path", PATHS)
def test_no_page_gives_its_token_away(client, tokens, path, caplog):
    caplog.set_level("DEBUG")

    headers = [response.headers for response in pages(client, path, tokens[path])]

    assert {header["Referrer-Policy"] for header in headers} == {"no-referrer"}
    assert {header["Cache-Control"] for header in headers} == {"no-store"}
    assert [line for line in caplog.messages if path in line]
    assert tokens[path] not in caplog.text


@pytest.mark.parametrize("path", PATHS)
def test_a_page_loads_its_own_style_and_sends_to_its_own_server_only(client, tokens, path):
    shown = pages(client, path, tokens[path])

    assert {response.headers["Content-Security-Policy"] for response in shown} == {POLICY}
    assert [response for response in shown if re.search(rb"<script|<style| style=", response.content)] == []
    assert {
        address for response in shown for address in re.findall(rb'(?:src|href)="(?!/static/)', response.content)
    } == set()


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_that_names_no_origin_sends_the_form_over_https(tokens, path):
    browser = APIClient(enforce_csrf_checks=True)
    body = f"token={tokens[path]}&new_password={NEW_PASSWORD}" if path == RESET else f"token={tokens[path]}"

    response = browser.post(path, body, content_type=FORM, headers={**BROWSER, "Origin": "null"}, secure=True)

    assert response.status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_no_page_sets_a_cookie(client, tokens, path):
    assert not [response.cookies for response in pages(client, path, tokens[path]) if response.cookies]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/problem+json, */*;q=0.1"])
def test_who_does_not_ask_for_html_is_told_the_methods_of_the_api(client, path, accept):
    response = client.get(path, headers={"Accept": accept})

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response.headers["Allow"] == "POST, OPTIONS"


@pytest.mark.parametrize("path", PATHS)
def test_who_sends_json_gets_no_page(client, tokens, path):
    body = {"token": tokens[path], **password_for(path)}

    response = client.post(path, body, headers={"Accept": "application/json, text/html;q=0.1"})

    assert (response.status_code, response.content) == (204, b"")


@pytest.mark.parametrize("path", PATHS)
def test_the_api_takes_no_form(client, tokens, path):
    response = client.post(path, f"token={tokens[path]}", content_type=FORM)

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_browser_has_no_other_method(client, path, method):
    assert getattr(client, method)(path, headers=BROWSER).status_code == 405


@pytest.mark.parametrize("path", PATHS)
def test_calls_are_counted_for_pages_too(client, tokens, path, settings):
    settings.THROTTLE_API = Rate(1, 3600)
    follow(client, path, tokens[path])

    response = send(client, path, token=tokens[path])

    assert (response.status_code, heading(response)) == (429, "This did not work")
    assert "Retry-After" in response.headers
    assert MailLink.objects.count() == 2
