"""A token that is limited to a tag stays inside it, whatever it tries."""

import re
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction

from accounts.models import Clock
from notes.models import Note, Revision, StoredAnswer, TagCount
from notes.tests.escapes import attempts
from notes.tests.factories import clock_of, make_note, make_trashed
from notes.tests.feeds import pages

KEYS = ["key of the owner", "another key"]
SECRETS = (b"Diary", b"wreck", b"private", b"diary only")
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Their requests name what is secret, and an error may repeat a part of it.
OUTSIDE = {"content": "secret wreck", "tags": ["private", "diary only"]}


@pytest.fixture(autouse=True)
def frozen_time():
    with time_machine.travel(datetime(2026, 1, 5, 9, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def agent(by_token, alice):
    return by_token(alice, "notes:write", tags=["work"])


@pytest.fixture
def inside(alice):
    make_note(owner=alice, title="Retro", content="ship", tags=["work", "urgent"], is_pinned=True)
    make_trashed(owner=alice, title="Old plan", tags=["work"])
    return make_note(owner=alice, title="Plan", content="ship it", tags=["work"])


@pytest.fixture
def outside(alice, phone, inside):
    """The ids of a note, of one in the trash and of a purged one, none of which ever had the tag."""
    diary, trashed, purged = (make_note(owner=alice, title=f"Diary {number}", **OUTSIDE) for number in range(3))
    for note in (diary, trashed):
        phone.patch(f"/notes/{note.pk}", {"title": "Diary", "is_pinned": True})
    trashed.trash()
    purged.trash().purge()
    for key in KEYS:
        phone.post(f"/notes/{diary.pk}/append", {"text": ""}, headers={"Idempotency-Key": key})
    return [str(note.pk) for note in (diary, trashed, purged)]


@pytest.fixture
def tries(phone, outside, inside):
    cursors = [page["next"] for page in pages(phone, limit=1)]
    lists = [
        "/notes?limit=1",
        "/notes?limit=1&ordering=title",
        "/notes?limit=1&q=secret",
        "/trash?limit=1",
        "/tags?limit=1",
    ]
    page_cursors = [following for path in lists if (following := phone.get(path).json()["next"])]
    return list(attempts(outside, str(inside.pk), cursors, page_cursors, KEYS))


class Hidden:
    """What belongs to the notes outside, removed and put back. The account's clock stays as it is."""

    def __init__(self, owner, ids):
        self.owner, self.ids, self.clock = owner, ids, clock_of(owner)
        self.revisions = list(Revision.objects.filter(note__in=ids))
        self.answers = [(answer, list(answer.notes.all())) for answer in StoredAnswer.objects.all()]
        self.notes = list(Note.objects.filter(pk__in=ids))
        self.rows = self.read()

    def read(self):
        revisions = Revision.objects.filter(note__in=self.ids).order_by("pk")
        return [*Note.objects.filter(pk__in=self.ids).order_by("pk").values(), *revisions.values()]

    def remove(self):
        StoredAnswer.objects.all().delete()
        Note.objects.filter(pk__in=self.ids).delete()
        self.recount()

    def put_back(self):
        Note.objects.bulk_create(self.notes)
        Revision.objects.bulk_create(self.revisions)
        for answer, notes in self.answers:
            answer.save(force_insert=True)
            answer.notes.set(notes)
        self.recount()

    def recount(self):
        TagCount.objects.recount(self.owner.pk, Note.objects.owned_by(self.owner).active())
        Clock.objects.filter(user=self.owner).update(value=self.clock)


def respond(client, attempt, hidden):
    """Return all that the client can see of the response, and what the request did to the notes outside."""
    with transaction.atomic():
        send = getattr(client, attempt.method)
        response = send(attempt.path, attempt.body, headers={"X-Request-ID": "same", **attempt.headers})
        seen = (response.status_code, sorted(response.headers.items()), response.content)
        rows = hidden.read()
        transaction.set_rollback(True)
    return seen, rows


def without_new_ids(seen, known):
    """Return what was seen without the ids that the server chose for new notes."""
    status, headers, content = seen
    hide = lambda match: match[0] if match[0].decode() in known else b"new"  # noqa: E731  # shorter than a function
    return status, [(name, UUID.sub(hide, value.encode())) for name, value in headers], UUID.sub(hide, content)


def test_three_hundred_ways_out_of_the_tag_look_as_if_the_other_notes_did_not_exist(agent, alice, outside, tries):
    hidden = Hidden(alice, outside)
    known = {*outside, *map(str, Note.objects.values_list("pk", flat=True)), str(alice.pk)}
    assert len({attempt.name for attempt in tries}) >= 300

    hidden.remove()
    expected = [without_new_ids(respond(agent, attempt, hidden)[0], known) for attempt in tries]
    hidden.put_back()
    results = [respond(agent, attempt, hidden) for attempt in tries]

    different = [
        (attempt.name, without, seen)
        for attempt, without, (seen, _) in zip(tries, expected, results, strict=True)
        if without_new_ids(seen, known) != without
    ]
    assert different == []
    assert [attempt.name for attempt, (_, rows) in zip(tries, results, strict=True) if rows != hidden.rows] == []


def test_no_response_contains_what_only_other_notes_say(agent, alice, outside, tries):
    reads = [attempt for attempt in tries if attempt.method == "get" and "private" not in attempt.path]

    leaks = [
        attempt.name
        for attempt in reads
        if any(secret in agent.get(attempt.path, headers=attempt.headers).content for secret in SECRETS)
    ]

    assert leaks == []


@pytest.mark.parametrize("position", range(3))
def test_the_id_of_a_note_outside_is_unavailable_as_that_of_another_account(agent, bob, outside, position):
    theirs = make_note(owner=bob)
    headers = {"If-None-Match": "*", "X-Request-ID": "same"}

    responses = [
        agent.put(f"/notes/{note}", {"title": "Mine"}, headers=headers) for note in (outside[position], theirs.pk)
    ]

    assert responses[0].status_code == 409
    assert responses[0].content == responses[1].content
