"""Append and edit: changes to a text that need not know all of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notes.models import Note, Revision
from notes.tests.making import clock_of, make_note
from notes.text import EditConflict, append_text, apply_edits

MEBIBYTE = 1_048_576
START = "2026-01-05T09:00:00Z"
LATER = "2026-01-05T09:20:00Z"


def append(client, note, text, **headers):
    return client.post(f"/notes/{note.pk}/append", {"text": text}, headers=headers)


def append_markdown(client, note, body, content_type="text/markdown"):
    return client.generic("POST", f"/notes/{note.pk}/append", body, content_type=content_type)


def edit(client, note, *edits):
    body = {"edits": [{"old": old, "new": new} for old, new in edits]}
    return client.post(f"/notes/{note.pk}/edit", body)


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def content_of(note):
    return Note.objects.values_list("content", flat=True).get(pk=note.pk)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres")


def test_appended_text_stands_behind_the_content(as_user, alice, note, time_machine):
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)

    response = append(client, note, "\neggs\n")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json().items() >= {"content": "two litres\neggs\n", "version": 2, "updated_at": LATER}.items()
    assert client.get(f"/notes/{note.pk}").json() == response.json()


@pytest.mark.parametrize("text", [" ", "\n", "\r\n", "\t two ", "\ufeff", "e\u0301", "👩‍👩‍👧"])
def test_text_is_appended_exactly(as_user, alice, note, text):
    append(as_user(alice), note, text)

    assert content_of(note) == "two litres" + text


def test_appending_nothing_changes_nothing(as_user, alice, note):
    client = as_user(alice)
    before = client.get(f"/notes/{note.pk}").json()

    response = append(client, note, "")

    assert response.status_code == 200
    assert response.json() == before
    assert clock_of(alice) == 1
    assert not Revision.objects.exists()


def test_a_markdown_body_is_appended_exactly(as_user, alice, note):
    response = append_markdown(as_user(alice), note, " ö\r\n".encode())

    assert response.status_code == 200
    assert response.json()["content"] == "two litres ö\r\n"


def test_an_empty_markdown_body_changes_nothing(as_user, alice, note):
    assert append_markdown(as_user(alice), note, b"").status_code == 200
    assert clock_of(alice) == 1


@pytest.mark.parametrize("body", [b"\xff", b"a\x00b", b"\xed\xa0\x80"])
def test_a_body_that_is_no_text_is_refused(as_user, alice, note, body):
    assert append_markdown(as_user(alice), note, body).status_code == 400
    assert content_of(note) == "two litres"


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/x-www-form-urlencoded"])
def test_a_body_of_another_type_is_refused(as_user, alice, note, content_type):
    assert append_markdown(as_user(alice), note, b"text=eggs", content_type).status_code == 415
    assert content_of(note) == "two litres"


@pytest.mark.parametrize(("body", "code"), [({}, "required"), ({"text": None}, "null"), ({"text": 5}, "invalid")])
def test_what_is_appended_is_a_text(as_user, alice, note, body, code):
    assert refused(as_user(alice).post(f"/notes/{note.pk}/append", body)) == [("text", code)]


def test_only_text_is_appended(as_user, alice, note):
    body = {"text": "eggs", "separator": "\n"}

    assert refused(as_user(alice).post(f"/notes/{note.pk}/append", body)) == [("separator", "unknown")]
    assert content_of(note) == "two litres"


def test_a_note_can_be_filled_to_the_brim(as_user, alice, note):
    response = append(as_user(alice), note, "ö" * ((MEBIBYTE - 10) // 2))

    assert response.status_code == 200
    assert len(content_of(note).encode()) == MEBIBYTE


@pytest.mark.parametrize("text", ["x" * (MEBIBYTE - 9), "ö" * ((MEBIBYTE - 10) // 2 + 1)])
def test_more_than_a_note_holds_is_not_appended(as_user, alice, note, text):
    assert refused(append(as_user(alice), note, text)) == [("content", "too_large")]
    assert content_of(note) == "two litres"
    assert clock_of(alice) == 1


def test_an_edit_replaces_what_it_names(as_user, alice, note, time_machine):
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)

    response = edit(client, note, ("two", "three"))

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json().items() >= {"content": "three litres", "version": 2, "updated_at": LATER}.items()
    assert client.get(f"/notes/{note.pk}").json() == response.json()


def test_edits_apply_one_after_another(as_user, alice, note):
    edit(as_user(alice), note, ("two", "five"), ("five litres", "ten"))

    assert content_of(note) == "ten"


def test_an_edit_may_take_text_away(as_user, alice, note):
    edit(as_user(alice), note, ("two ", ""))

    assert content_of(note) == "litres"


@pytest.mark.parametrize("edits", [[("two", "two")], [("two", "five"), ("five", "two")]])
def test_edits_that_change_nothing_move_nothing(as_user, alice, note, edits):
    response = edit(as_user(alice), note, *edits)

    assert response.status_code == 200
    assert clock_of(alice) == 1


@pytest.mark.parametrize(
    ("content", "old", "detail"),
    [
        ("two litres", "five", "Edit 0 does not apply: its `old` occurs nowhere. Nothing was changed."),
        ("two or two", "two", "Edit 0 does not apply: its `old` occurs more than once. Nothing was changed."),
        ("aaa", "aa", "Edit 0 does not apply: its `old` occurs more than once. Nothing was changed."),
        ("Two", "two", "Edit 0 does not apply: its `old` occurs nowhere. Nothing was changed."),
    ],
)
def test_what_does_not_occur_exactly_once_is_not_replaced(as_user, alice, content, old, detail):
    note = make_note(owner=alice, content=content)

    response = edit(as_user(alice), note, (old, "x"))

    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.json()["code"], response.json()["detail"]) == ("edit_conflict", detail)
    assert (content_of(note), clock_of(alice)) == (content, 1)


def test_if_one_edit_does_not_apply_none_does(as_user, alice, note):
    response = edit(as_user(alice), note, ("two", "five"), ("two", "six"))

    assert response.json()["detail"].startswith("Edit 1 ")
    assert content_of(note) == "two litres"
    assert not Revision.objects.exists()


@pytest.mark.parametrize(
    ("edits", "field"),
    [
        ([], "edits"),
        ([{"old": "two"}], "edits.0.new"),
        ([{"new": "five"}], "edits.0.old"),
        ([{"old": "", "new": "five"}], "edits.0.old"),
        ([{"old": "two", "new": None}], "edits.0.new"),
        ([{"old": "two", "new": "five", "count": 1}], "edits.0.count"),
        ([{"old": "x", "new": "y"}] * 101, "edits"),
        ("two", "edits"),
        (None, "edits"),
    ],
)
def test_edits_that_are_none_are_refused(as_user, alice, note, edits, field):
    response = as_user(alice).post(f"/notes/{note.pk}/edit", {"edits": edits})

    assert refused(response)[0][0] == field
    assert content_of(note) == "two litres"


def test_an_edit_does_not_fill_a_note_beyond_the_brim(as_user, alice, note):
    response = edit(as_user(alice), note, ("two", "x" * (MEBIBYTE - 6)))

    assert refused(response) == [("content", "too_large")]
    assert content_of(note) == "two litres"


@pytest.mark.parametrize(("verb", "body"), [("append", {"text": "x"}), ("edit", {"edits": [{"old": "o", "new": "x"}]})])
def test_a_stranger_cannot_write_into_a_note(as_user, mallory, note, verb, body):
    assert as_user(mallory).post(f"/notes/{note.pk}/{verb}", body).status_code == 404
    assert content_of(note) == "two litres"


SHORT = st.text("ab", max_size=6)


def occurrences(text, part):
    return sum(text.startswith(part, start) for start in range(len(text)))


@given(SHORT, SHORT)
def test_an_appended_text_is_the_end_of_the_new_one(content, text):
    assert append_text(content, text) == content + text


@example("aaa", "aa", "b")
@given(SHORT, st.text("ab", min_size=1, max_size=3), SHORT)
def test_an_edit_applies_if_and_only_if_its_old_occurs_once(content, old, new):
    try:
        result = apply_edits(content, [{"old": old, "new": new}])
    except EditConflict:
        assert occurrences(content, old) != 1
    else:
        assert occurrences(content, old) == 1
        assert result == content.replace(old, new)


@given(SHORT, st.lists(st.tuples(st.text("ab", min_size=1, max_size=2), SHORT), max_size=4))
def test_a_sequence_of_edits_is_each_of_them_in_turn(content, pairs):
    edits = [{"old": old, "new": new} for old, new in pairs]

    assert outcome(content, [edits]) == outcome(content, [[edit] for edit in edits])


def outcome(content, sequences):
    try:
        for edits in sequences:
            content = apply_edits(content, edits)
    except EditConflict:
        return None
    return content
