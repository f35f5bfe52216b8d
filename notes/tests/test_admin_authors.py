"""How much a credential has written, in the admin."""

import pytest

from accounts.models import ApiToken
from accounts.tests.grants import make_grant
from conftest import START
from notes.models import Note


def page_of(browser, credential):
    return browser.get(f"/admin/accounts/{credential._meta.model_name}/{credential.pk}/change/").content.decode()


@pytest.fixture
def browser(in_admin, support):
    return in_admin(support)


def test_staff_see_how_much_a_token_has_written_but_no_text(browser, by_token, as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    agent, phone = by_token(alice, "notes:write"), as_user(alice)
    notes = [agent.post("/notes", {"title": "Secret plan", "content": "of gold"}).json()["id"] for _ in range(3)]
    phone.patch(f"/notes/{notes[0]}", {"title": "Mine"})

    page = page_of(browser, agent.token_row)

    assert "2 notes and 1 earlier states, the last one at 2026-01-05 09:00 UTC" in page
    assert [text for text in ("Secret", "gold", "Mine") if text in page] == []


def test_staff_see_how_much_a_program_has_written(in_admin, superuser, alice):
    grant = make_grant(alice, "notes:write")
    Note.objects.create_note(alice, grant, title="Secret plan")

    page = page_of(in_admin(superuser), grant)

    assert "1 notes and 0 earlier states" in page
    assert "Secret" not in page


def test_a_token_that_has_written_nothing(browser, by_token, alice):
    token = by_token(alice, "notes:read").token_row

    assert "0 notes and 0 earlier states<" in page_of(browser, token)


def test_tokens_can_still_be_revoked(browser, by_token, alice):
    token = by_token(alice, "notes:read").token_row

    browser.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": [str(token.pk)]})

    assert ApiToken.objects.get(pk=token.pk).revoked_at is not None
