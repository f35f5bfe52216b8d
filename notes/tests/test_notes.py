"""What a note is, and how it is made, read, changed and deleted."""

import json
import uuid

import pytest

from notes.models import Note
from notes.tests.making import make_note

START = "2026-01-05T09:00:00Z"
LATER = "2026-01-06T18:02:11.480000Z"
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
MEBIBYTE = 1_048_576


def refused(response):
    assert response.status_code == 400
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def send(client, method, path, **options):
    return client.generic(method, path, '{"title": "Bread"}', content_type="application/json", **options)


def texts(note):
    note.refresh_from_db()
    return note.title, note.content


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\n")


def test_a_new_note_has_what_it_was_given_and_defaults(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)

    response = as_user(alice).post("/notes", {"title": "Groceries"})

    note = Note.objects.get()
    assert response.status_code == 201
    assert response.headers["Location"] == f"/notes/{note.pk}"
    assert response.headers["ETag"] == '"1"'
    assert response.json() == {
        "id": str(note.pk),
        "owner_id": str(alice.pk),
        "title": "Groceries",
        "content": "",
        "tags": [],
        "is_pinned": False,
        "is_archived": False,
        "version": 1,
        "created_at": START,
        "updated_at": START,
    }


def test_a_new_note_can_be_given_everything(as_user, alice):
    given = {"title": "Groceries", "content": "milk\n", "is_pinned": True, "is_archived": True}

    response = as_user(alice).post("/notes", given)

    assert response.json().items() >= given.items()


def test_the_server_names_a_note_by_a_uuid_of_version_7(as_user, alice):
    response = as_user(alice).post("/notes", {"title": "Milk"})

    assert uuid.UUID(response.json()["id"]).version == 7


def test_a_new_note_is_its_makers_own(as_user, alice, bob):
    response = as_user(alice).post("/notes", {"title": "Milk", "owner_id": str(bob.pk)})

    assert response.json()["owner_id"] == str(alice.pk)


def test_a_note_is_read_as_it_was_made(as_user, alice):
    client = as_user(alice)
    made = client.post("/notes", {"title": "Milk", "content": "two litres\n"})

    response = client.get(made.headers["Location"])

    assert response.status_code == 200
    assert response.json() == made.json()
    assert response.headers["ETag"] == made.headers["ETag"]


def test_an_id_may_be_written_in_capitals(as_user, alice, note):
    assert as_user(alice).get(f"/notes/{str(note.pk).upper()}").status_code == 200


def test_naming_a_new_note_is_refused_and_points_to_put(as_user, alice):
    response = as_user(alice).post("/notes", {"title": "Milk", "id": NOWHERE})

    assert refused(response) == [("id", "read_only")]
    assert "PUT" in response.json()["errors"][0]["message"]
    assert not Note.objects.exists()


def test_replacing_a_note_replaces_everything(as_user, alice, note):
    given = {"title": "Bread", "content": "rye\n", "is_pinned": True, "is_archived": True}

    response = as_user(alice).put(f"/notes/{note.pk}", given)

    assert response.status_code == 200
    assert response.json().items() >= given.items()
    assert as_user(alice).get(f"/notes/{note.pk}").json() == response.json()


def test_replacing_a_note_resets_what_is_missing(as_user, alice):
    note = make_note(owner=alice, content="two litres\n", is_pinned=True, is_archived=True)

    response = as_user(alice).put(f"/notes/{note.pk}", {"title": "Milk"})

    assert response.json().items() >= {"content": "", "is_pinned": False, "is_archived": False}.items()


def test_replacing_a_note_needs_a_title(as_user, alice, note):
    assert refused(as_user(alice).put(f"/notes/{note.pk}", {"content": "rye"})) == [("title", "required")]


def test_a_note_can_be_read_changed_and_put_back(as_user, alice, note):
    client = as_user(alice)
    body = client.get(f"/notes/{note.pk}").json()

    response = client.put(f"/notes/{note.pk}", {**body, "title": "Bread"})

    assert response.status_code == 200
    assert response.json()["title"] == "Bread"


def test_read_only_members_are_ignored(as_user, alice, bob, note):
    client = as_user(alice)
    before = client.get(f"/notes/{note.pk}").json()
    given = {"id": NOWHERE, "owner_id": str(bob.pk), "version": 99, "created_at": LATER, "updated_at": LATER}

    response = client.put(f"/notes/{note.pk}", {**before, **given})

    assert response.json() == before


def test_changing_a_member_leaves_the_others(as_user, alice, note):
    response = as_user(alice).patch(f"/notes/{note.pk}", {"title": "Bread"})

    assert response.status_code == 200
    assert response.json().items() >= {"title": "Bread", "content": "two litres\n", "is_pinned": False}.items()


def test_a_merge_patch_changes_a_note(as_user, alice, note):
    body = json.dumps({"is_pinned": True})

    response = as_user(alice).patch(f"/notes/{note.pk}", body, content_type="application/merge-patch+json")

    assert response.json()["is_pinned"] is True


def test_a_merge_patch_is_only_for_patch(as_user, alice, note):
    body = json.dumps({"title": "Bread"})

    response = as_user(alice).put(f"/notes/{note.pk}", body, content_type="application/merge-patch+json")

    assert response.status_code == 415
    assert texts(note) == ("Milk", "two litres\n")


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


def test_a_deleted_note_is_gone(as_user, alice, note):
    client = as_user(alice)

    response = client.delete(f"/notes/{note.pk}")

    assert response.status_code == 204
    assert response.content == b""
    assert client.get(f"/notes/{note.pk}").status_code == 404
    assert client.get("/notes?is_archived=any").json()["results"] == []


def test_a_note_is_deleted_only_once(as_user, alice, note):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert client.delete(f"/notes/{note.pk}").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_deleted_note_cannot_be_changed(as_user, alice, note, method):
    client = as_user(alice)
    client.delete(f"/notes/{note.pk}")

    assert send(client, method, f"/notes/{note.pk}").status_code == 404


def test_deleting_a_note_leaves_the_others(as_user, alice, note):
    other = make_note(owner=alice, title="Bread")

    as_user(alice).delete(f"/notes/{note.pk}")

    assert as_user(alice).get(f"/notes/{other.pk}").status_code == 200


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


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("name", [NOWHERE, "1", "nonsense", "00000000-0000-0000-0000-000000000000", "%00", "a%2Fb"])
def test_what_does_not_exist_is_not_there(as_user, alice, method, name):
    assert send(as_user(alice), method, f"/notes/{name}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_stranger_cannot_tell_that_a_note_exists(as_user, note, mallory, method):
    client = as_user(mallory)
    named = {"X-Request-ID": "same"}

    existing = send(client, method, f"/notes/{note.pk}", headers=named)
    missing = send(client, method, f"/notes/{NOWHERE}", headers=named)

    assert existing.status_code == 404
    assert (existing.content, existing.headers) == (missing.content, missing.headers)
    assert texts(note) == ("Milk", "two litres\n")


def test_reading_a_note_takes_two_queries(as_user, alice, note, django_assert_num_queries):
    client = as_user(alice)

    with django_assert_num_queries(2):
        client.get(f"/notes/{note.pk}")


def test_a_refused_note_takes_no_number(as_user, alice):
    client = as_user(alice)
    client.post("/notes", {"title": ""})

    assert client.post("/notes", {"title": "Milk"}).json()["version"] == 1


def test_options_say_what_a_patch_may_be(as_user, alice, note):
    response = as_user(alice).options(f"/notes/{note.pk}")

    assert response.headers["Accept-Patch"] == "application/json, application/merge-patch+json"


def test_a_patch_of_another_type_is_told_what_it_may_be(as_user, alice, note):
    response = as_user(alice).patch(f"/notes/{note.pk}", "title: Bread", content_type="application/yaml")

    assert response.status_code == 415
    assert response.headers["Accept-Patch"] == "application/json, application/merge-patch+json"


def test_a_patch_without_a_body_is_not_taken_for_one_that_changes_nothing(as_user, alice, note):
    response = as_user(alice).generic("PATCH", f"/notes/{note.pk}", b"", content_type="application/json")

    assert response.status_code == 400
    assert response.json()["code"] == "malformed"
