"""A note that Alice has written at nine, a program that changes it, and undoing that."""

import pytest

from conftest import START

LATER = "2026-01-05T09:01:00Z"
STATE = ("title", "content", "tags", "is_pinned", "is_archived")
MILK = {"title": "Milk", "content": "one\ntwo\n", "tags": ["home"], "is_pinned": True, "is_archived": False}


@pytest.fixture
def phone(as_user, alice, time_machine):
    """Alice's phone, at nine."""
    time_machine.move_to(START, tick=False)
    return as_user(alice)


@pytest.fixture
def agent(by_token, alice):
    return by_token(alice, "notes:write")


@pytest.fixture
def note(phone, agent, time_machine):
    """Written on her phone at nine. It is one minute later now."""
    note = phone.post("/notes", MILK).json()["id"]
    time_machine.move_to(LATER, tick=False)
    return note


def batch(client, *operations):
    return client.post("/notes/batch", {"operations": operations})


def undo(phone, agent, since=LATER, **body):
    response = phone.post(f"/tokens/{agent.token_row.pk}/undo", {"since": since, **body})
    assert response.status_code == 200, response.content
    return response.json()


def undone(*notes):
    return {"undone": [{"id": note} for note in notes], "skipped": [], "next_cursor": None}


def skipped(note, reason):
    return {"undone": [], "skipped": [{"id": note, "reason": reason}], "next_cursor": None}


def state(client, note):
    found = client.get(f"/notes/{note}").json()
    return {name: found.get(name) for name in STATE}
