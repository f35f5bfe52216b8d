"""The one-time code on the page of the authorisation server: asked for after the password, without it in the page."""

import pytest

from accounts.models import Session, User
from accounts.tests.authenticator_app import code
from accounts.tests.link_pages import heading
from accounts.tests.programs import Program, error_of
from accounts.tests.second_factors import switch_on, unlike
from conftest import NEW_PASSWORD, PASSWORD
from notes_api.config.rate import Rate

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def program(client, alice):
    return Program(client)


@pytest.fixture
def secret(alice):
    return switch_on(alice)[0]


@pytest.fixture
def page(program, secret):
    """The page that asks for the code."""
    return program.log_in(program.open())


def type_code(program, page, otp):
    return program.submit(page, "/authorize/login", otp=otp)


def is_page_expired(page):
    return page.status_code == 400 and b"<form" not in page.content


def test_after_the_password_only_the_code_is_asked_for(program, page, secret):
    assert (page.status_code, heading(page), error_of(page)) == (200, "Enter your one-time code", None)
    assert b'name="password"' not in page.content
    assert PASSWORD.encode() not in page.content
    assert heading(type_code(program, page, code(secret))).startswith("Allow")


def test_a_wrong_code_is_asked_for_again_without_the_password(program, page, secret):
    wrong = type_code(program, page, unlike(code(secret)))

    assert (wrong.status_code, error_of(wrong)) == (401, "The one-time code is wrong or was used before.")
    assert Session.objects.count() == 0
    assert heading(type_code(program, wrong, code(secret))).startswith("Allow")


def test_guesses_of_the_code_are_limited_like_those_of_the_password(program, page, secret, settings):
    settings.THROTTLE_LOGIN = Rate(2, 900)

    guesses = [type_code(program, page, unlike(code(secret))) for _ in range(3)]

    assert [each.status_code for each in guesses] == [401, 401, 429]
    assert int(guesses[-1].headers["Retry-After"]) > 0
    assert program.log_in(program.open()).status_code == 429


def test_the_step_without_a_code_leaves_no_session_and_answers_nothing(program, page):
    answer = program.answer(page)

    assert is_page_expired(answer)
    assert Session.objects.count() == 0


def test_a_new_password_ends_the_step(program, page, alice, secret):
    alice.set_password(NEW_PASSWORD)
    alice.save()

    assert is_page_expired(type_code(program, page, code(secret)))


def test_a_deactivated_user_cannot_continue(program, page, alice, secret):
    # Not with the verb, which ends the step in another way too.
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert is_page_expired(type_code(program, page, code(secret)))


def test_the_step_works_only_in_its_browser(program, page, client, secret):
    other = Program(client)
    other.open()

    assert is_page_expired(type_code(other, page, code(secret)))
