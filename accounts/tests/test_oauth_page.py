"""What the pages of the authorisation server do with answers that are late, empty or invalid."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Grant, Session, session
from accounts.tests.link_pages import heading
from accounts.tests.programs import Program, error_of


@pytest.fixture
def program(client, alice):
    return Program(client)


def test_the_form_of_the_log_in_works_for_ten_minutes(program, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    page = program.open()
    time_machine.move_to(timezone.now() + timedelta(minutes=11), tick=False)

    late = program.log_in(page)
    assert late.status_code == 400
    assert b"This page has expired" in late.content


def test_the_session_of_the_page_ends_after_ten_minutes(program):
    program.ask()

    assert Session.objects.get().expires_at <= timezone.now() + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("scope", "tags", "error"),
    [
        ((), "work", "Choose what to allow."),
        (("notes:purge",), "work", "Choose what to allow."),
        (("notes:read",), "t" * 65, "A tag must have 1 to 64 characters."),
    ],
)
def test_an_answer_without_a_choice_or_with_an_invalid_tag_is_asked_again(program, scope, tags, error):
    again = program.answer(program.ask(), scope=scope, tags=tags)

    assert (again.status_code, error_of(again)) == (400, error)
    assert f'value="{tags}"'.encode() in again.content
    assert Grant.objects.count() == 0
    assert program.answer(again, scope=["notes:read"]).status_code == 303


def test_the_page_says_that_a_program_sees_the_address_unless_it_only_uses_tools(program):
    text = b"also see your e-mail address"

    assert text in program.ask().content
    assert text not in program.ask(resource="http://testserver/mcp").content


def test_the_log_in_of_the_page_is_not_a_device_and_ends_none(program, as_user, alice, monkeypatch):
    monkeypatch.setattr(session, "MAX_SESSIONS", 1)
    owner = as_user(alice)
    program.ask()

    assert len(owner.get("/sessions").json()["results"]) == 1
    assert Session.objects.live().count() == 2


def test_another_log_in_of_a_page_ends_the_oldest_of_the_pages(program, monkeypatch):
    monkeypatch.setattr(session, "MAX_SESSIONS", 1)
    program.ask()
    earlier = Session.objects.get()

    program.log_in(program.open())

    assert Session.objects.live().exclude(pk=earlier.pk).count() == Session.objects.live().count() == 1


def test_a_user_can_cancel_instead_of_logging_in(program):
    answer = program.submit(program.open(), "/authorize/login", decision="refuse")

    assert "error=access_denied" in answer.headers["Location"]


def test_a_log_in_without_a_password_is_asked_again(program):
    page = program.log_in(program.open(), password="")

    assert (page.status_code, heading(page)) == (400, "Log in to decide")
    assert error_of(page) == "Enter your e-mail address and your password."
