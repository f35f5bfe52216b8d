"""What a note can hold, and what is rejected."""

import pytest

from notes.models import Note
from notes.tests.factories import make_note
from notes_api.tests.responses import field_errors

MEBIBYTE = 1_048_576
TEXTS = [
    " leading and trailing ",
    "\n\n",
    "\t",
    "one\r\ntwo\rthree\n",
    "\ufeffa byte order mark",
    "e\u0301 is not é",
    "👩‍👩‍👧 🥛 \U0010ffff",
    "\u202eright to left",
    "<script>alert(1)</script> &amp; \"quotes\" 'too' \\",
    "\x01\x1b[31m",
    "null",
]


def texts(note):
    note.refresh_from_db()
    return note.title, note.content


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\n")


def test_text_is_kept_byte_for_byte(as_user, alice):
    client = as_user(alice)

    created = [client.post("/notes", {"title": text, "content": text}) for text in TEXTS]

    notes = [client.get(response.headers["Location"]).json() for response in created]
    assert [response.status_code for response in created] == [201] * len(TEXTS)
    assert [(note["title"], note["content"]) for note in notes] == [(text, text) for text in TEXTS]


def test_a_title_has_1_to_255_characters(as_user, alice):
    client, titles = as_user(alice), ["x", " ", "x" * 255, "🥛" * 255]

    assert [client.post("/notes", {"title": title}).json()["title"] for title in titles] == titles


def test_a_title_of_another_length_is_rejected(as_user, alice):
    client = as_user(alice)

    errors = [field_errors(client.post("/notes", {"title": title})) for title in ("", "x" * 256, "🥛" * 256)]

    assert errors == [[("title", "blank")], [("title", "max_length")], [("title", "max_length")]]


@pytest.mark.parametrize("content", ["x" * MEBIBYTE, "ö" * (MEBIBYTE // 2), "\x01" * MEBIBYTE])
def test_content_holds_a_mebibyte_of_utf_8(as_user, alice, content):
    response = as_user(alice).post("/notes", {"title": "Milk", "content": content})

    assert response.status_code == 201
    assert Note.objects.get().content == content


@pytest.mark.parametrize("content", ["x" * (MEBIBYTE + 1), "ö" * (MEBIBYTE // 2) + "x", "🥛" * (MEBIBYTE // 4 + 1)])
def test_more_content_is_rejected(as_user, alice, note, content):
    client = as_user(alice)

    assert field_errors(client.post("/notes", {"title": "Milk", "content": content})) == [("content", "too_large")]
    assert field_errors(client.patch(f"/notes/{note.pk}", {"content": content})) == [("content", "too_large")]


@pytest.mark.parametrize(
    ("member", "values"),
    [
        ("title", [5, 5.0, True, [], {}, ["Milk"]]),
        ("content", [5, 5.0, True, [], {}, ["Milk"]]),
        ("is_pinned", ["true", "", 0, 1, 1.0, [], {}]),
        ("is_archived", ["true", "", 0, 1, 1.0, [], {}]),
    ],
)
def test_a_value_of_another_type_is_rejected(as_user, alice, note, member, values):
    client = as_user(alice)

    created = [field_errors(client.post("/notes", {"title": "Milk", member: value})) for value in values]
    changed = [field_errors(client.patch(f"/notes/{note.pk}", {member: value})) for value in values]

    assert created == changed == [[(member, "invalid")]] * len(values)


@pytest.mark.parametrize(("member", "default"), [("content", ""), ("is_pinned", False), ("is_archived", False)])
def test_null_in_a_patch_resets_a_member_to_its_default(as_user, alice, member, default):
    note = make_note(owner=alice, content="two litres\n", is_pinned=True, is_archived=True)

    response = as_user(alice).patch(f"/notes/{note.pk}", {member: None})

    assert response.json()[member] == default


def test_a_title_cannot_be_reset(as_user, alice, note):
    assert field_errors(as_user(alice).patch(f"/notes/{note.pk}", {"title": None})) == [("title", "null")]


@pytest.mark.parametrize("member", ["content", "is_pinned", "is_archived"])
def test_null_is_rejected_in_a_new_note(as_user, alice, member):
    assert field_errors(as_user(alice).post("/notes", {"title": "Milk", member: None})) == [(member, "null")]


def test_an_unknown_member_is_rejected(as_user, alice, note):
    client = as_user(alice)
    members = ["titel", "owner", "Title", "", "__proto__", "is_pinned ", "pk", "a.b"]
    requests = [(client.post, "/notes"), (client.put, f"/notes/{note.pk}"), (client.patch, f"/notes/{note.pk}")]

    errors = [
        [field_errors(send(path, {"title": "Bread", member: "x"})) for send, path in requests] for member in members
    ]

    assert errors == [[[(member, "unknown")]] * 3 for member in members]
    assert texts(note) == ("Milk", "two litres\n")


def test_all_errors_are_reported_at_once(as_user, alice):
    response = as_user(alice).post("/notes", {"content": 5, "is_pinned": "yes"})

    assert field_errors(response) == [("title", "required"), ("content", "invalid"), ("is_pinned", "invalid")]


def test_a_note_is_an_object(as_user, alice, note):
    client = as_user(alice)
    bodies = ["null", "[]", '"Milk"', "5", "true", '[{"title": "Milk"}]']
    requests = [("POST", "/notes"), ("PUT", f"/notes/{note.pk}"), ("PATCH", f"/notes/{note.pk}")]

    responses = [client.generic(*sent, body, content_type="application/json") for sent in requests for body in bodies]

    assert {response.status_code for response in responses} == {400}


def test_a_rejected_note_takes_no_version(as_user, alice):
    client = as_user(alice)
    client.post("/notes", {"title": ""})

    assert client.post("/notes", {"title": "Milk"}).json()["version"] == 1
