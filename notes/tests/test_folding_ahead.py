"""Long contents of a batch are folded before its transaction begins."""

import pytest
from django.db import connection

from accounts.models.clock import has_open_tick
from notes.search import search_columns
from notes.tests.batches import on, results, statuses
from notes.tests.factories import make_note

LONG = "Sweet Melons " * 1_000
KEY = {"Idempotency-Key": "a"}


def titles_found(client, words):
    return {note["title"] for note in client.get("/notes", {"q": words}).json()["results"]}


def test_long_notes_of_a_batch_are_found(phone, alice):
    replaced, updated = make_note(owner=alice, title="Replaced"), make_note(owner=alice, title="Updated")
    operations = [
        {"op": "create", "note": {"title": "Created", "content": LONG}},
        on(replaced, "replace", note={"title": "Replaced", "content": LONG + "Quince"}),
        on(updated, "update", note={"content": LONG + "Plum"}),
    ]

    assert statuses(phone, *operations) == [201, 200, 200]
    assert titles_found(phone, '"sweet melons"') == {"Created", "Replaced", "Updated"}
    assert titles_found(phone, "quince") == {"Replaced"}
    assert titles_found(phone, "plum") == {"Updated"}


def test_the_content_of_one_batch_is_not_that_of_the_next(phone):
    results(phone, {"op": "create", "note": {"title": "First", "content": LONG + "Quince"}})
    results(phone, {"op": "create", "note": {"title": "Second", "content": LONG + "Plum"}})

    assert titles_found(phone, "quince") == {"First"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="on PostgreSQL no other account waits")
@pytest.mark.parametrize("headers", [{}, KEY])
def test_no_other_write_waits_while_a_batch_folds_long_contents(phone, alice, monkeypatch, headers):
    fold, folded = search_columns.fold, []

    def observe(text):
        folded.append((len(text) > len(LONG) // 2, has_open_tick()))
        return fold(text)

    monkeypatch.setattr(search_columns, "fold", observe)
    updated = make_note(owner=alice, title="Updated")
    folded.clear()
    operations = [
        {"op": "create", "note": {"title": "a", "content": LONG}},
        on(updated, "update", note={"content": LONG}),
    ]
    phone.post("/notes/batch", {"operations": operations}, headers=headers)

    assert (True, False) in folded
    assert (True, True) not in folded


@pytest.mark.parametrize("operations", [None, 5, [5]])
def test_a_malformed_batch_is_rejected(phone, operations):
    assert phone.post("/notes/batch", {"operations": operations}).status_code == 400


@pytest.mark.parametrize(
    "operation", [{"op": "create"}, {"op": "create", "note": 5}, {"op": "create", "note": {"content": 5}}]
)
def test_a_malformed_operation_is_rejected(phone, operation):
    assert statuses(phone, operation) == [400]
