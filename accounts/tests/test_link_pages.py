"""The pages that links in mails lead to, and their forms."""

import itertools
import re
from html import unescape

import pytest
from django.core import mail

from accounts.models import MailLink, User
from accounts.tests.account_requests import ask_for_reset, ask_for_verification, change_email, link_in, log_in, token_in
from accounts.tests.link_pages import BROWSER, FORM, PATHS, RESET, VERIFY, heading, open_link, password_for, submit_form
from conftest import NEW_PASSWORD, PASSWORD, START

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture(autouse=True)
def _addresses_are_verified(settings):
    settings.EMAIL_VERIFICATION = "optional"


def errors(response):
    return [unescape(error) for error in re.findall(r"<li>(.*?)</li>", response.content.decode())]


def hidden_token(response):
    return re.search(r'type="hidden" name="token" value="([^"]*)"', response.content.decode())[1]


@pytest.mark.parametrize(("path", "title"), [(RESET, "Set a new password"), (VERIFY, "Confirm your address")])
def test_a_link_opens_a_form_that_holds_its_token(client, link_tokens, path, title):
    response = open_link(client, path, link_tokens[path])

    assert (response.status_code, heading(response)) == (200, title)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'<form method="post" action="{path}">' in response.content.decode()
    assert hidden_token(response) == link_tokens[path]
    assert "alice@example.com" in response.content.decode()


def test_the_address_in_the_mail_is_that_of_the_page(client, link_tokens):
    address = link_in(mail.outbox[0]).removeprefix("http://127.0.0.1:8000")

    assert client.get(address, headers=BROWSER).status_code == 200


def test_opening_a_link_does_not_use_it_up(client, link_tokens, subtests):
    for path, method, accept in itertools.product(PATHS, ["get", "head"], [BROWSER["Accept"], "*/*"]):
        with subtests.test(path=path, method=method, accept=accept):
            account, links = User.objects.values().get(), list(MailLink.objects.values())

            getattr(client, method)(path, {"token": link_tokens[path]}, headers={"Accept": accept})

            assert (User.objects.values().get(), list(MailLink.objects.values())) == (account, links)


@pytest.mark.parametrize("path", PATHS)
def test_a_link_supports_head(client, link_tokens, path):
    response = client.head(path, {"token": link_tokens[path]}, headers=BROWSER)

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_form_asks_for_a_password_as_long_as_the_server_wants_it(client, link_tokens, settings):
    settings.PASSWORD_MIN_LENGTH = 15

    page = open_link(client, RESET, link_tokens[RESET]).content.decode()

    assert 'type="password" name="new_password" autocomplete="new-password" minlength="15"' in page


def test_the_form_sets_the_password(client, link_tokens):
    response = submit_form(client, RESET, token=link_tokens[RESET], new_password="staple+battery+horse")

    assert (response.status_code, heading(response)) == (200, "Your new password is set")
    assert log_in(client, NEW_PASSWORD) == 200
    assert log_in(client, PASSWORD) == 401


def test_the_form_sets_a_password_of_any_characters(client, link_tokens):
    submit_form(client, RESET, token=link_tokens[RESET], new_password="+%3Cp%C3%A4%C3%9F%26w%F0%9F%98%80rd%3E%22+")

    assert log_in(client, ' <päß&w😀rd>" ') == 200


def test_the_form_verifies_the_address(client, link_tokens):
    response = submit_form(client, VERIFY, token=link_tokens[VERIFY])

    assert (response.status_code, heading(response)) == (200, "Your address is confirmed")
    assert User.objects.get().email_verified


def test_the_form_changes_the_address(client, as_user, alice):
    change_email(as_user(alice))
    token = token_in(mail.outbox[0])
    page = open_link(client, VERIFY, token)

    response = submit_form(client, VERIFY, token=token)

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
def test_the_form_asks_again_after_a_weak_password(client, link_tokens, password, error):
    response = submit_form(client, RESET, token=link_tokens[RESET], new_password=password)

    assert (response.status_code, heading(response)) == (400, "Set a new password")
    assert errors(response) == [error]
    assert "Ohm.ei7" not in response.content.decode()
    assert submit_form(client, RESET, token=hidden_token(response), new_password=NEW_PASSWORD).status_code == 200


def says_no_longer_valid(response):
    text = response.content.decode()
    return (response.status_code, heading(response)) == (400, "This did not work") and "no longer valid" in text


def test_the_page_of_a_used_link_says_that_it_was_used(client, link_tokens):
    submit_form(client, RESET, token=link_tokens[RESET], new_password=NEW_PASSWORD)

    assert says_no_longer_valid(open_link(client, RESET, link_tokens[RESET]))
    assert says_no_longer_valid(submit_form(client, RESET, token=link_tokens[RESET], new_password="a+third+password"))
    assert log_in(client, NEW_PASSWORD) == 200


@pytest.mark.parametrize("path", PATHS)
def test_the_page_of_an_expired_link_says_that_it_expired(client, alice, time_machine, path):
    time_machine.move_to(START, tick=False)
    ask_for_reset(client)
    ask_for_verification(client)
    token = {RESET: token_in(mail.outbox[0]), VERIFY: token_in(mail.outbox[1])}[path]
    time_machine.shift(3600)

    assert says_no_longer_valid(open_link(client, path, token))
    assert says_no_longer_valid(submit_form(client, path, token=token, **password_for(path)))


TRUNCATED_QUERIES = ["", "?token=", "?token=x", "?token=%00", "?token=%ED%A0%80", "?other=1"]


@pytest.mark.parametrize("path", PATHS)
def test_a_truncated_link_is_refused(client, path, subtests):
    for query in TRUNCATED_QUERIES:
        with subtests.test(query=query):
            assert says_no_longer_valid(client.get(path + query, headers=BROWSER))


INCOMPLETE_FORMS = ["", "token=", "token=x", "token=%00", f"token={'a' * 129}", "%%%", "x=1&token=x"]


@pytest.mark.parametrize("path", PATHS)
def test_an_incomplete_form_is_refused(client, path, subtests):
    for body in INCOMPLETE_FORMS:
        with subtests.test(body=body):
            assert says_no_longer_valid(client.post(path, body, content_type=FORM, headers=BROWSER))


def test_a_link_for_one_thing_does_not_open_the_form_for_another(client, link_tokens):
    assert says_no_longer_valid(open_link(client, RESET, link_tokens[VERIFY]))
    assert says_no_longer_valid(open_link(client, VERIFY, link_tokens[RESET]))


def test_parameters_that_mail_programs_add_to_a_link_are_ignored(client, link_tokens):
    address = f"{RESET}?utm_source=mail&token={link_tokens[RESET]}"

    assert client.get(address, headers=BROWSER).status_code == 200


def test_an_address_that_was_just_taken_is_reported(client, as_user, alice):
    change_email(as_user(alice))
    User.objects.create_user("new@example.com", PASSWORD)

    response = submit_form(client, VERIFY, token=token_in(mail.outbox[0]))

    assert (response.status_code, heading(response)) == (409, "This did not work")
    assert "An account with this e-mail address already exists." in response.content.decode()


def test_the_page_escapes_its_values(client, alice):
    User.objects.filter(pk=alice.pk).update(email="\"><b>'&@example.com")
    token = MailLink.objects.issue("reset", "\"><b>'&@example.com", alice.pk).token

    page = open_link(client, RESET, token).content.decode()

    assert 'value="&quot;&gt;&lt;b&gt;&#x27;&amp;@example.com"' in page


@pytest.mark.parametrize("path", PATHS)
def test_markup_in_a_token_is_not_shown(client, path):
    assert b"<script>" not in open_link(client, path, "<script>alert(1)</script>").content
