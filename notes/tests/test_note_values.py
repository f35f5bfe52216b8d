"""What a note may hold, and what is refused."""

import pytest

from notes.models import Note
from notes.tests.making import make_note

MEBIBYTE = 1_048_576


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def texts(note):
    note.refresh_from_db()
    return note.title, note.content


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\n")


@pytest.mark.parametrize(
    "text",
    [
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
    ],
)
def test_text_is_kept_byte_for_byte(as_user, alice, text):
    client = as_user(alice)

    made = client.post("/notes", {"title": text, "content": text})

    note = client.get(made.headers["Location"]).json()
    assert made.status_code == 201
    assert (note["title"], note["content"]) == (text, text)


@pytest.mark.parametrize("title", ["x", " ", "x" * 255, "🥛" * 255])
def test_a_title_has_1_to_255_characters(as_user, alice, title):
    assert as_user(alice).post("/notes", {"title": title}).json()["title"] == title


@pytest.mark.parametrize(("title", "code"), [("", "blank"), ("x" * 256, "max_length"), ("🥛" * 256, "max_length")])
def test_a_title_of_another_length_is_refused(as_user, alice, title, code):
    assert refused(as_user(alice).post("/notes", {"title": title})) == [("title", code)]


@pytest.mark.parametrize("content", ["x" * MEBIBYTE, "ö" * (MEBIBYTE // 2), "\x01" * MEBIBYTE])
def test_content_holds_a_mebibyte_of_utf_8(as_user, alice, content):
    response = as_user(alice).post("/notes", {"title": "Milk", "content": content})

    assert response.status_code == 201
    assert Note.objects.get().content == content


@pytest.mark.parametrize("content", ["x" * (MEBIBYTE + 1), "ö" * (MEBIBYTE // 2) + "x", "🥛" * (MEBIBYTE // 4 + 1)])
def test_more_content_is_refused(as_user, alice, note, content):
    client = as_user(alice)

    assert refused(client.post("/notes", {"title": "Milk", "content": content})) == [("content", "too_large")]
    assert refused(client.patch(f"/notes/{note.pk}", {"content": content})) == [("content", "too_large")]


@pytest.mark.parametrize("value", [5, 5.0, True, [], {}, ["Milk"]])
@pytest.mark.parametrize("member", ["title", "content"])
def test_text_is_a_string(as_user, alice, note, member, value):
    client = as_user(alice)

    assert refused(client.post("/notes", {"title": "Milk", member: value})) == [(member, "invalid")]
    assert refused(client.patch(f"/notes/{note.pk}", {member: value})) == [(member, "invalid")]


@pytest.mark.parametrize("value", ["true", "", 0, 1, 1.0, [], {}])
@pytest.mark.parametrize("member", ["is_pinned", "is_archived"])
def test_a_boolean_is_true_or_false(as_user, alice, note, member, value):
    client = as_user(alice)

    assert refused(client.post("/notes", {"title": "Milk", member: value})) == [(member, "invalid")]
    assert refused(client.patch(f"/notes/{note.pk}", {member: value})) == [(member, "invalid")]


@pytest.mark.parametrize(("member", "default"), [("content", ""), ("is_pinned", False), ("is_archived", False)])
def test_null_in_a_patch_gives_a_member_its_default(as_user, alice, member, default):
    note = make_note(owner=alice, content="two litres\n", is_pinned=True, is_archived=True)

    response = as_user(alice).patch(f"/notes/{note.pk}", {member: None})

    assert response.json()[member] == default


def test_a_title_cannot_be_reset(as_user, alice, note):
    assert refused(as_user(alice).patch(f"/notes/{note.pk}", {"title": None})) == [("title", "null")]


@pytest.mark.parametrize("member", ["content", "is_pinned", "is_archived"])
def test_null_is_no_value_in_a_whole_note(as_user, alice, member):
    assert refused(as_user(alice).post("/notes", {"title": "Milk", member: None})) == [(member, "null")]


@pytest.mark.parametrize("member", ["titel", "owner", "Title", "", "__proto__", "is_pinned ", "pk", "a.b"])
def test_a_member_that_does_not_exist_is_refused(as_user, alice, note, member):
    client = as_user(alice)
    body = {"title": "Bread", member: "x"}

    assert refused(client.post("/notes", body)) == [(member, "unknown")]
    assert refused(client.put(f"/notes/{note.pk}", body)) == [(member, "unknown")]
    assert refused(client.patch(f"/notes/{note.pk}", body)) == [(member, "unknown")]
    assert texts(note) == ("Milk", "two litres\n")


def test_every_mistake_is_reported_at_once(as_user, alice):
    response = as_user(alice).post("/notes", {"content": 5, "is_pinned": "yes"})

    assert refused(response) == [("title", "required"), ("content", "invalid"), ("is_pinned", "invalid")]


@pytest.mark.parametrize("body", ["null", "[]", '"Milk"', "5", "true", '[{"title": "Milk"}]'])
def test_a_note_is_an_object(as_user, alice, note, body):
    client = as_user(alice)

    assert client.post("/notes", body, content_type="application/json").status_code == 400
    assert client.put(f"/notes/{note.pk}", body, content_type="application/json").status_code == 400
    assert client.patch(f"/notes/{note.pk}", body, content_type="application/json").status_code == 400


def test_a_refused_note_takes_no_number(as_user, alice):
    client = as_user(alice)
    client.post("/notes", {"title": ""})

    assert client.post("/notes", {"title": "Milk"}).json()["version"] == 1
