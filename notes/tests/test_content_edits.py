"""Append and edit: changes to a text by clients that do not know all of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notes.exceptions import EditConflict
from notes.models import Note, Revision
from notes.models.content_edits import append_text, apply_edits
from notes.tests.factories import clock_of, make_note
from notes_api.tests.responses import field_errors

MEBIBYTE = 1_048_576
LATER = "2026-01-05T09:20:00Z"
# The edits, and the field of the first error.
INVALID_EDITS = [
    ([], "edits"),
    ([{"old": "two"}], "edits.0.new"),
    ([{"new": "five"}], "edits.0.old"),
    ([{"old": "", "new": "five"}], "edits.0.old"),
    ([{"old": "two", "new": None}], "edits.0.new"),
    ([{"old": "two", "new": "five", "count": 1}], "edits.0.count"),
    ([{"old": "x", "new": "y"}] * 101, "edits"),
    ("two", "edits"),
    (None, "edits"),
]


def append(client, note, text, **headers):
    return client.post(f"/notes/{note.pk}/append", {"text": text}, headers=headers)


def append_markdown(client, note, body, content_type="text/markdown"):
    return client.generic("POST", f"/notes/{note.pk}/append", body, content_type=content_type)


def edit(client, note, *edits):
    body = {"edits": [{"old": old, "new": new} for old, new in edits]}
    return client.post(f"/notes/{note.pk}/edit", body)


def content_of(note):
    return Note.objects.values_list("content", flat=True).get(pk=note.pk)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres")


def test_appended_text_follows_the_content(as_user, alice, note, time_machine):
    time_machine.move_to(LATER, tick=False)
    client = as_user(alice)

    response = append(client, note, "\neggs\n")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json().items() >= {"content": "two litres\neggs\n", "version": 2, "updated_at": LATER}.items()
    assert client.get(f"/notes/{note.pk}").json() == response.json()


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


def test_a_markdown_body_that_is_not_utf_8_text_is_rejected(as_user, alice, note):
    client = as_user(alice)

    responses = [append_markdown(client, note, body) for body in (b"\xff", b"a\x00b", b"\xed\xa0\x80")]

    assert [response.status_code for response in responses] == [400] * 3
    assert content_of(note) == "two litres"


def test_a_body_of_another_type_returns_415(as_user, alice, note):
    client = as_user(alice)
    types = ["text/plain", "text/html", "application/x-www-form-urlencoded"]

    assert [append_markdown(client, note, b"text=eggs", each).status_code for each in types] == [415] * 3
    assert content_of(note) == "two litres"


def test_the_appended_text_is_a_string(as_user, alice, note):
    client = as_user(alice)
    bodies = [{}, {"text": None}, {"text": 5}, {"text": "eggs", "separator": "\n"}]

    errors = [field_errors(client.post(f"/notes/{note.pk}/append", body)) for body in bodies]

    assert errors == [[("text", "required")], [("text", "null")], [("text", "invalid")], [("separator", "unknown")]]
    assert content_of(note) == "two litres"


def test_a_note_can_be_filled_to_a_mebibyte(as_user, alice, note):
    response = append(as_user(alice), note, "ö" * ((MEBIBYTE - 10) // 2))

    assert response.status_code == 200
    assert len(content_of(note).encode()) == MEBIBYTE


@pytest.mark.parametrize("text", ["x" * (MEBIBYTE - 9), "ö" * ((MEBIBYTE - 10) // 2 + 1)])
def test_an_append_over_a_mebibyte_is_rejected(as_user, alice, note, text):
    assert field_errors(append(as_user(alice), note, text)) == [("content", "too_large")]
    assert content_of(note) == "two litres"
    assert clock_of(alice) == 1


def test_an_edit_replaces_the_old_text(as_user, alice, note, time_machine):
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


def test_an_edit_can_remove_text(as_user, alice, note):
    edit(as_user(alice), note, ("two ", ""))

    assert content_of(note) == "litres"


@pytest.mark.parametrize("edits", [[("two", "two")], [("two", "five"), ("five", "two")]])
def test_edits_that_change_nothing_take_no_version(as_user, alice, note, edits):
    response = edit(as_user(alice), note, *edits)

    assert response.status_code == 200
    assert clock_of(alice) == 1


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("Two litres", "Edit 0 cannot be applied: its `old` does not occur. Nothing was changed."),
        ("two or two", "Edit 0 cannot be applied: its `old` occurs more than once. Nothing was changed."),
    ],
)
def test_an_edit_whose_old_text_does_not_occur_exactly_once_returns_409(as_user, alice, content, detail):
    note = make_note(owner=alice, content=content)

    response = edit(as_user(alice), note, ("two", "x"))

    assert response.status_code == 409
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.json()["code"], response.json()["detail"]) == ("edit_conflict", detail)
    assert (content_of(note), clock_of(alice)) == (content, 1)


def test_if_one_edit_does_not_apply_none_does(as_user, alice, note):
    response = edit(as_user(alice), note, ("two", "five"), ("two", "six"))

    assert response.json()["detail"].startswith("Edit 1 ")
    assert content_of(note) == "two litres"
    assert not Revision.objects.exists()


def test_invalid_edits_are_rejected(as_user, alice, note):
    client = as_user(alice)

    responses = [client.post(f"/notes/{note.pk}/edit", {"edits": edits}) for edits, _ in INVALID_EDITS]

    assert [field_errors(response)[0][0] for response in responses] == [field for _, field in INVALID_EDITS]
    assert content_of(note) == "two litres"


def test_an_edit_over_a_mebibyte_is_rejected(as_user, alice, note):
    response = edit(as_user(alice), note, ("two", "x" * (MEBIBYTE - 6)))

    assert field_errors(response) == [("content", "too_large")]
    assert content_of(note) == "two litres"


@pytest.mark.parametrize(("verb", "body"), [("append", {"text": "x"}), ("edit", {"edits": [{"old": "o", "new": "x"}]})])
def test_a_stranger_cannot_append_or_edit(as_user, mallory, note, verb, body):
    assert as_user(mallory).post(f"/notes/{note.pk}/{verb}", body).status_code == 404
    assert content_of(note) == "two litres"


SHORT = st.text("ab", max_size=6)


def occurrences(text, part):
    return sum(text.startswith(part, start) for start in range(len(text)))


@given(SHORT, SHORT)
def test_append_text_is_concatenation(content, text):
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
