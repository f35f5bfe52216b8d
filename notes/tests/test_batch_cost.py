"""POST /notes/batch: the cost of many small operations on long notes. Each text is folded only once."""

import pytest

from notes.models import Note
from notes.search import search_columns
from notes.tests.batches import on, results, statuses
from notes.tests.factories import make_note
from notes.tests.search_cases import find

LONG = "two litres " * 1000


@pytest.fixture
def folded(monkeypatch):
    """Return the texts that are folded from now on."""
    texts, fold = [], search_columns.fold
    monkeypatch.setattr(search_columns, "fold", lambda text: (texts.append(text), fold(text))[1])
    return texts


def test_repeated_appends_to_a_note_fold_its_text_once(as_user, alice, folded):
    note = make_note(alice, content=LONG)
    client = as_user(alice)
    folded.clear()

    assert statuses(client, *(on(note, "append", text=f"word{number} ") for number in range(100))) == [200] * 100

    assert [len(text) for text in folded] == [len(Note.objects.get().content)]
    assert find(client, "word0 word99") == ["Milk"]


def test_new_titles_in_a_batch_fold_no_content(as_user, alice, folded):
    notes = [make_note(alice, content=LONG) for _ in range(3)]
    client = as_user(alice)
    folded.clear()

    assert statuses(client, *(on(note, "update", note={"title": "Tea"}) for note in notes * 2)) == [200] * 6

    assert sum(map(len, folded)) <= 6 * len("Tea")
    assert find(client, "tea litres") == ["Tea"] * 3
    assert find(client, "milk") == []


def test_what_a_batch_wrote_last_is_found_and_what_it_overwrote_is_not(as_user, alice):
    note, kept = make_note(alice, content=LONG), make_note(alice, "Bread", content="loaf")
    client = as_user(alice)

    done = statuses(
        client,
        on(note, "replace", note={"title": "Tea", "content": "leaves " * 200}),
        on(note, "replace", note={"title": "Coffee", "content": "beans " * 200}),
        on(note, "append", text="cups"),
        on(note, "update", note={"title": "Cocoa"}),
        on(kept, "append", text="crumbs", if_version=99),
        on(kept, "update", note={"is_pinned": True}),
    )

    assert done == [200, 200, 200, 200, 412, 200]
    assert find(client, "cocoa beans cups") == ["Cocoa"]
    assert find(client, "loaf") == ["Bread"]
    assert [find(client, query) for query in ("litres", "leaves", "tea", "coffee", "crumbs")] == [[]] * 5


def test_a_failed_atomic_batch_leaves_the_words_as_they_were(as_user, alice):
    note = make_note(alice, content=LONG)
    client = as_user(alice)

    client.post(
        "/notes/batch",
        {"operations": [on(note, "append", text="word"), on(note, "restore")], "atomic": True},
    )

    assert find(client, "word") == []
    assert find(client, "litres") == ["Milk"]


def test_a_batch_has_a_budget_of_content_that_it_may_write(as_user, alice, monkeypatch):
    monkeypatch.setattr("notes.batch.MAX_WRITTEN_BYTES", 2 * len(LONG))
    note = make_note(alice, content=LONG)
    client = as_user(alice)

    done = results(
        client,
        *(on(note, "append", text="x") for _ in range(3)),
        {"op": "create", "note": {"title": "Tea", "content": "leaves"}},
        on(note, "update", note={"is_pinned": True}),
        on(note, "delete"),
    )

    assert [result["status"] for result in done] == [200, 200, 413, 413, 200, 204]
    assert done[2]["problem"]["code"] == "batch_too_large"
    assert Note.objects.get().content == LONG + "xx"


def test_operations_that_fail_use_up_the_budget_too(as_user, alice, monkeypatch, settings):
    monkeypatch.setattr("notes.batch.MAX_WRITTEN_BYTES", 2 * len(LONG))
    note = make_note(alice, content=LONG)
    settings.MAX_BYTES_PER_USER = len("Milk" + LONG)
    client = as_user(alice)

    done = statuses(
        client,
        *(on(note, "append", text="x") for _ in range(3)),
        on(note, "update", note={"content": ""}),
        on(note, "update", note={"is_pinned": True}),
    )

    assert done == [507, 507, 413, 413, 200]


def test_an_append_counts_what_the_batch_wrote_before_it(as_user, alice, monkeypatch):
    monkeypatch.setattr("notes.batch.MAX_WRITTEN_BYTES", 300)
    note = make_note(alice, content="")
    client = as_user(alice)

    done = statuses(
        client,
        on(note, "append", text="ü" * 50),
        on(note, "append", text="x" * 99),
        on(note, "append", text="x"),
        on(note, "append", text="x"),
    )

    assert done == [200, 200, 200, 413]
