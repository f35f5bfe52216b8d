"""A note has the same JSON, byte for byte, in every response."""

import json

import pytest

from notes.models import Note
from notes.serializers.notes import NoteSerializer
from notes.tests.factories import make_note
from notes_api.rest.renderers import FastJSONRenderer

TEXTS = {"title": "Milk \U0001f95b “oat”", "content": 'two\n  "litres"\t\\ü\x7f\u2028', "tags": ["home", "a/b", "é"]}


@pytest.fixture
def note(alice):
    return make_note(owner=alice, is_pinned=True, **TEXTS)


def alone(phone, note):
    return phone.get(f"/notes/{note.pk}").content


def in_list(phone, note):
    return inside(phone.get("/notes"), b'{"results":[', b'],"next":null,"next_cursor":null}')


def in_list_of_a_tag(phone, note):
    return inside(
        phone.get("/notes?tag=home&ordering=title&is_archived=any"),
        b'{"results":[',
        b'],"next":null,"next_cursor":null}',
    )


def in_search(phone, note):
    found = inside(phone.get("/notes?q=milk"), b'{"results":[', b'],"next":null,"next_cursor":null}')
    return found[: found.index(b',"match":')] + b"}"


def in_feed(phone, note):
    page = phone.get("/changes").content
    return page[page.index(b'"note":') + len(b'"note":') : page.index(b'}],"next":')]


def in_batch(phone, note):
    operation = {"op": "update", "id": str(note.pk), "note": {"is_pinned": True}}
    answer = phone.post("/notes/batch", {"operations": [operation]})
    return inside(answer, b'{"applied":true,"results":[{"status":200,"note":', b"}]}")


def replaced_by_itself(phone, note):
    return phone.put(f"/notes/{note.pk}", {**TEXTS, "is_pinned": True}).content


def in_refusal(phone, note):
    problem = phone.put(f"/notes/{note.pk}", {"title": "Tea"}, headers={"If-Match": '"99"'}).content
    return problem[problem.index(b'"current":') + len(b'"current":') : -1]


def by_serializer(phone, note):
    return FastJSONRenderer().render(NoteSerializer(Note.objects.get(pk=note.pk)).data)


def inside(response, before, after):
    assert response.content.startswith(before)
    assert response.content.endswith(after)
    return response.content[len(before) : -len(after)]


PLACES = [in_list, in_list_of_a_tag, in_search, in_feed, in_batch, replaced_by_itself, in_refusal, by_serializer]


def test_a_note_is_the_same_byte_for_byte_in_every_response(phone, note, subtests):
    for shown in PLACES:
        with subtests.test(shown=shown):
            assert shown(phone, note) == alone(phone, note)


def test_a_created_note_is_the_same_when_it_is_read(phone):
    created = phone.post("/notes", TEXTS)

    assert phone.get(created["Location"]).content == created.content


def test_a_trashed_note_is_the_same_in_trash_and_feed(phone, note):
    phone.delete(f"/notes/{note.pk}")

    one = phone.get(f"/trash/{note.pk}").content
    assert inside(phone.get("/trash"), b'{"results":[', b'],"next":null,"next_cursor":null}') == one
    assert b'{"op":"trash","note":' + one in phone.get("/changes").content


def test_times_are_in_utc_with_microseconds_only_if_they_have_any(phone, note):
    Note.objects.filter(pk=note.pk).update(created_at="2026-01-05T09:00:00Z", updated_at="2026-01-05T10:00:00.25+01:00")

    shown = json.loads(alone(phone, note))

    assert (shown["created_at"], shown["updated_at"]) == ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00.250000Z")
