"""How much one undo does, and which states it can rely on."""

from itertools import chain

import pytest
from django.utils.dateparse import parse_datetime

from accounts.models import ApiToken
from conftest import START
from notes.models import Note, Revision, undoing
from notes.models.revision import MAX_REVISIONS
from notes.tests.undos import LATER, MILK, agent, note, phone, state, undo, undone
from notes_api.tests.responses import field_errors

__all__ = ["agent", "note", "phone"]


def test_large_undos_are_done_in_parts(phone, agent, note, monkeypatch):
    monkeypatch.setattr(undoing, "MAX_CHANGED", 2)
    monkeypatch.setattr(undoing, "MAX_EXAMINED", 4)
    made = [agent.post("/notes", {"title": str(number)}).json()["id"] for number in range(9)]
    cursor, parts = None, []
    while cursor is not None or not parts:
        part = undo(phone, agent, cursor=cursor)
        parts.append([found["id"] for found in part["undone"]])
        cursor = part["next_cursor"]

    assert list(chain(*parts)) == made
    # It does not look at what it has changed itself.
    assert len(parts) == 5
    assert max(map(len, parts)) == 2
    assert phone.get("/notes").json()["results"][0]["id"] == note


def test_an_invalid_cursor_is_an_error(phone, agent, subtests):
    for cursor in ["", "x", 5, "a:b", "WyJhIl0:abc"]:
        with subtests.test(cursor=cursor):
            response = phone.post(f"/tokens/{agent.token_row.pk}/undo", {"since": LATER, "cursor": cursor})

            assert response.status_code == 400
            assert [name for name, _ in field_errors(response)] == ["cursor"]


def test_the_cursor_of_another_token_is_an_error(phone, agent, note, by_token, alice, monkeypatch):
    monkeypatch.setattr(undoing, "MAX_EXAMINED", 1)
    agent.patch(f"/notes/{note}", {"title": "Bread"})
    cursor = undo(phone, agent)["next_cursor"]
    other = by_token(alice, "notes:write").token_row

    response = phone.post(f"/tokens/{other.pk}/undo", {"since": LATER, "cursor": cursor})

    assert field_errors(response) == [("cursor", "invalid")]


@pytest.mark.parametrize("body", [{}, {"since": None}, {"since": "yesterday"}, {"since": "2026-01-05T09:00:00"}])
def test_an_undo_needs_a_time(phone, agent, body):
    response = phone.post(f"/tokens/{agent.token_row.pk}/undo", body)

    assert [name for name, _ in field_errors(response)] == ["since"]


def test_a_program_cannot_push_out_the_state_before_it(phone, agent, note):
    for number in range(MAX_REVISIONS + 20):
        Note.objects.update(revised_at=None)
        agent.patch(f"/notes/{note}", {"content": str(number)})

    assert Revision.objects.count() == MAX_REVISIONS + 1
    assert undo(phone, agent) == undone(note)
    assert state(phone, note) == MILK


def test_a_program_cannot_push_out_the_first_state_of_its_own_note(phone, agent, note):
    created = agent.post("/notes", {"title": "Bread"}).json()["id"]
    for number in range(MAX_REVISIONS + 20):
        Note.objects.update(revised_at=None)
        agent.patch(f"/notes/{created}", {"content": str(number)})

    assert undo(phone, agent) == undone(created)


def test_a_full_account_keeps_the_state_before_a_program(phone, agent, note, settings):
    settings.MAX_BYTES_PER_USER = 60
    for letter in "abcdefgh":
        Note.objects.update(revised_at=None)
        agent.patch(f"/notes/{note}", {"content": letter * 8})

    assert undo(phone, agent) == undone(note)
    assert state(phone, note) == MILK


def test_renaming_a_tag_often_keeps_within_the_limits(phone, agent, note):
    for number in range(MAX_REVISIONS + 20):
        (agent if number % 2 else phone).patch(f"/tags/{'home' if number % 2 == 0 else 'shop'}",
                                               {"name": "shop" if number % 2 == 0 else "home"})  # fmt: skip

    assert Revision.objects.count() <= MAX_REVISIONS


@pytest.mark.parametrize("change", [{"is_pinned": False}, {"is_archived": True}])
def test_between_sessions_only_texts_are_kept(phone, as_user, alice, note, change):
    as_user(alice).patch(f"/notes/{note}", change)

    assert Revision.objects.count() == 0


def test_a_revision_has_the_whole_state(phone, agent, note):
    agent.delete(f"/notes/{note}")

    [revision] = Revision.objects.all()

    assert (revision.is_pinned, revision.is_archived, revision.trashed_at) == (True, False, None)
    assert revision.changed_at == parse_datetime(START)
    assert ApiToken.objects.get().as_author == Note.objects.get().changed_by
