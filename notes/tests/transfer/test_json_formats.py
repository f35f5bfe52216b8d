"""Simplenote, Standard Notes and memos: one JSON document with many notes."""

import json
from datetime import UTC, datetime

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, read_one, titles_of, zip_of

SIMPLE = {
    "id": "a1",
    "content": "# Milk\r\n\r\nTwo *litres*\r\n",
    "creationDate": "2022-02-04T02:05:52.302Z",
    "lastModified": "2022-02-04T02:06:25.954Z",
    "tags": ["Fun/Games"],
    "pinned": True,
    "markdown": True,
}
TIMES = {"created_at": "2020-04-14T17:00:58.948Z", "updated_at": "2020-04-19T12:17:48.846Z"}
APP = {"client_updated_at": "2020-04-19T12:00:00.000Z", "pinned": True, "archived": True}
STANDARD = {
    "items": [
        {"uuid": "n1", "content_type": "Note", **TIMES, "content": {
            "title": "Milk", "text": "a\nb", "trashed": True, "appData": {"org.standardnotes.sn": APP}}},
        {"uuid": "n2", "content_type": "Note", **TIMES, "content": "004:encrypted"},
        {"uuid": "n3", "content_type": "Note", **TIMES, "content": {
            "title": "Rich", "text": "<p>a <b>b</b></p>", "noteType": "rich-text"}},
        {"uuid": "t1", "content_type": "Tag", "content": {"title": "food", "references": []}},
        {"uuid": "t2", "content_type": "Tag", "content": {"title": "cakes", "references": [
            {"uuid": "t1", "content_type": "Tag"}, {"uuid": "n1", "content_type": "Note"}]}},
        {"uuid": "c", "content_type": "SN|Component", "content": {}},
    ]
}  # fmt: skip
MEMO = {
    "name": "memos/1",
    "uid": "u1",
    "state": "ARCHIVED",
    "content": "Two #litres of milk\n- [ ] oats",
    "createTime": "2024-01-02T03:04:05Z",
    "updateTime": "2024-01-03T03:04:05Z",
    "pinned": True,
    "tags": ["litres", "x"],
    "resources": [{"name": "resources/1", "filename": "a.png"}],
}


def test_simplenote():
    note = read_one(json.dumps({"activeNotes": [SIMPLE]}).encode(), "notes.json")

    assert (note.title, note.content) == ("Milk", "Two *litres*\n")
    assert note.tags == ("Fun/Games",)
    assert note.created_at == datetime(2022, 2, 4, 2, 5, 52, 302000, UTC)
    assert note.updated_at == datetime(2022, 2, 4, 2, 6, 25, 954000, UTC)
    assert note.is_pinned
    assert note.key == "a1"


def test_simplenotes_zip_has_each_note_once():
    export = {"activeNotes": [SIMPLE], "trashedNotes": [{"content": "Old\nText", "tags": None}]}

    notes = read_all(zip_of({"source/notes.json": export, "Milk.txt": "Milk", "trash/Old.txt": "Old"}))

    assert titles_of(notes) == ["Milk", "Old"]
    assert [note.trashed_at is not None for note in notes] == [False, True]


def test_simplenotes_invalid_values_are_warnings_and_failures():
    export = {"activeNotes": [{"content": "Milk", "creationDate": "yesterday"}], "trashedNotes": "none"}

    note, failure = read_all(json.dumps(export).encode(), "notes.json")

    assert note.warnings == ('The time "yesterday" is not valid and was left out.',)
    assert failure.code == "not_a_note"


def test_standard_notes():
    milk, encrypted, rich = read_all(json.dumps(STANDARD).encode(), "backup.txt")

    assert (milk.title, milk.content, milk.tags, milk.key) == ("Milk", "a\nb", ("food/cakes",), "n1")
    assert milk.created_at == datetime(2020, 4, 14, 17, 0, 58, 948000, UTC)
    assert milk.updated_at == milk.trashed_at == datetime(2020, 4, 19, 12, tzinfo=UTC)
    assert milk.is_pinned
    assert milk.is_archived
    assert encrypted.code == "encrypted"
    assert rich.content == "a **b**"
    assert rich.trashed_at is None


def test_after_a_standard_note_that_is_too_large_the_others_are_read():
    notes = [
        {"content_type": "Note", "content": {"title": "a", "text": "<b>" * 40_000, "noteType": "rich-text"}},
        {"content_type": "Note", "content": {"title": "b"}},
    ]

    first, second = read_all(json.dumps({"items": notes}).encode(), "a.txt")

    assert (first.source, first.code) == ("a.txt, item 1", "content_too_large")
    assert second.title == "b"


def test_after_a_memo_that_is_too_large_the_others_are_read():
    memos = [MEMO | {"content": text} for text in ("Milk", "[a](b)" * 30_000, "Bread")]

    first, second, third = read_all(json.dumps({"memos": memos}).encode(), "a.json")

    assert (second.source, second.code) == ("a.json, memo 2", "content_too_large")
    assert (first.title, third.title) == ("Milk", "Bread")


def test_tags_of_standard_notes_that_contain_each_other_end():
    tags = [
        {"uuid": a, "content_type": "Tag", "content": {"title": a, "references": [
            {"uuid": b, "content_type": "Tag"}, {"uuid": "n", "content_type": "Note"}]}}
        for a, b in (("x", "y"), ("y", "x"))
    ]  # fmt: skip
    note = {"uuid": "n", "content_type": "Note", "content": {"title": "Milk"}}

    assert read_one(json.dumps({"items": [*tags, note]}).encode(), "a.txt").tags == (
        "/".join("yx" * 5),
        "/".join("xy" * 5),
    )


def test_memos():
    note = read_one(json.dumps({"memos": [MEMO], "nextPageToken": ""}).encode(), "memos.json")

    assert note.title == "Two #litres of milk"
    assert note.content == "Two #litres of milk\n- [ ] oats\n\n![a.png](a.png)"
    assert note.tags == ("litres", "x")
    assert note.created_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert note.is_pinned
    assert note.is_archived
    assert note.warnings == ('The attachment "a.png" is not in the input.',)


@pytest.mark.parametrize("wrap", [lambda memos: memos, lambda memos: {"data": memos}])
def test_memos_of_old_versions(wrap):
    memo = {"id": 7, "rowStatus": "NORMAL", "createdTs": 1700000000, "updatedTs": 1700000060, "content": "Milk"}

    note = read_one(json.dumps(wrap([memo])).encode(), "memos.json")

    assert (note.key, note.created_at, note.is_archived) == ("7", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), False)


def test_notes_before_damaged_json_are_read():
    text = json.dumps({"activeNotes": [SIMPLE, SIMPLE]})
    items = read_all(text[:-20].encode(), "notes.json")

    assert titles_of(items) == ["Milk"]
    assert codes_of(items) == ["invalid_json"]


HOSTILE_JSON = [
    "[" * 100_000,
    '{"a":' * 100_000,
    "[" + "[]," * 400_000 + "[]]",
    '"' + "x" * (9 << 20),
    "1" * 5000,
    "nul",
    '"\\x"',
]


def test_json_that_is_hostile_is_refused(subtests):
    for item in HOSTILE_JSON:
        with subtests.test(item=item):
            assert codes_of(read_all(f'{{"activeNotes": [{item}'.encode(), "notes.json")) == ["invalid_json"]


def test_items_larger_than_the_window_are_read():
    notes = [{"content": f"Note {number}\n{'é' * 300_000}"} for number in range(5)]

    items = read_all(json.dumps({"x": [], "y": {}, "z": 1, "activeNotes": notes}, indent=1).encode(), "notes.json")

    assert titles_of(items) == [f"Note {number}" for number in range(5)]
