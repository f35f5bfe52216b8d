"""GET /changes: everything that changed since the cursor, and nothing ever skipped."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Clock, tick
from notes.cursor import Cursor
from notes.models import Note
from notes.tests.making import clock_of, make_note, make_trashed

START = "2026-01-05T09:00:00Z"
LONG_AFTER = "2026-07-20T09:00:00Z"
MEBIBYTE = 1_048_576


def pull(client, since=None, **parameters):
    response = client.get("/changes", {**({"since": since} if since else {}), **parameters})
    assert response.status_code == 200
    return response.json()


def titles(answer):
    return [change["note"]["title"] for change in answer["changes"]]


def pages(client, since=None, **parameters):
    """Every page from this cursor on."""
    page = pull(client, since, **parameters)
    return [page, *(pages(client, page["next"], **parameters) if page["has_more"] else [])]


def changes_in(answers):
    return [change for answer in answers for change in answer["changes"]]


def refused(response):
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def make_many(owner, count):
    """So many notes in one tick."""
    moment = {"created_at": START, "updated_at": START}
    with tick(owner.pk) as now:
        notes = [Note(owner=owner, title=str(number), version=now.version, **moment) for number in range(count)]
        Note.objects.bulk_create(notes)


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def forgotten(alice, time_machine):
    """A note that was deleted and purged so long ago that the account has forgotten it; and one that is there."""
    time_machine.move_to(START, tick=False)
    kept = make_note(owner=alice, title="Kept")
    gone = make_trashed(owner=alice, title="Gone")
    gone.purge()
    time_machine.move_to(LONG_AFTER, tick=False)
    return kept


def test_a_new_note_is_an_upsert(phone):
    note = phone.post("/notes", {"title": "Milk", "content": "two litres\n"}).json()

    answer = pull(phone)

    assert answer == {"changes": [{"op": "upsert", "note": note}], "next": answer["next"], "has_more": False}


def test_a_deleted_note_is_trash(phone, alice):
    note = make_trashed(owner=alice)

    assert pull(phone)["changes"] == [{"op": "trash", "note": phone.get(f"/trash/{note.pk}").json()}]


def test_a_purged_note_is_a_deletion_without_text(as_user, alice, time_machine):
    time_machine.move_to(START, tick=False)
    note = make_trashed(owner=alice)
    note.purge()

    assert pull(as_user(alice))["changes"] == [
        {"op": "delete", "id": str(note.pk), "version": 3, "deleted_at": START},
    ]


def test_a_restored_note_is_an_upsert_again(phone, alice):
    note = make_trashed(owner=alice)
    since = pull(phone)["next"]
    note.restore()

    assert pull(phone, since)["changes"] == [{"op": "upsert", "note": phone.get(f"/notes/{note.pk}").json()}]


def test_a_note_is_told_of_once_in_its_latest_state(phone, alice):
    note = make_note(owner=alice, title="Milk")
    make_note(owner=alice, title="Bread")
    phone.patch(f"/notes/{note.pk}", {"title": "Jam"})

    assert titles(pull(phone)) == ["Bread", "Jam"]


def test_archived_notes_are_told_of_too(phone, alice):
    make_note(owner=alice, is_archived=True)

    assert titles(pull(phone)) == ["Milk"]


def test_after_the_last_change_there_is_nothing(phone, alice):
    make_note(owner=alice)
    since = pull(phone)["next"]

    answer = pull(phone, since)

    assert answer == {"changes": [], "next": since, "has_more": False}


def test_a_cursor_can_be_used_again(phone, alice):
    make_note(owner=alice, title="Milk")
    since = pull(phone)["next"]
    make_note(owner=alice, title="Bread")

    assert pull(phone, since) == pull(phone, since)
    assert titles(pull(phone, since)) == ["Bread"]


def test_an_account_without_notes_gets_a_cursor(phone, alice):
    since = pull(phone)["next"]
    make_note(owner=alice)

    assert titles(pull(phone, since)) == ["Milk"]


def test_now_is_just_a_cursor(phone, alice):
    make_note(owner=alice, title="Milk")

    answer = pull(phone, "now")

    make_note(owner=alice, title="Bread")
    assert (answer["changes"], answer["has_more"]) == ([], False)
    assert titles(pull(phone, answer["next"])) == ["Bread"]


def test_a_forgotten_revision_moves_the_cursor_and_tells_nothing(phone, alice):
    note = make_note(owner=alice)
    phone.patch(f"/notes/{note.pk}", {"title": "Bread"})
    since = pull(phone)["next"]
    phone.delete(f"/notes/{note.pk}/revisions/1")

    answer = pull(phone, since)

    assert answer["changes"] == []
    assert answer["next"] != since


@pytest.mark.parametrize("limit", [1, 2, 5, 500])
def test_pages_join_without_a_seam(phone, alice, limit):
    make_note(owner=alice, title="Milk")
    make_many(alice, 3)
    make_note(owner=alice, title="Bread")

    found = changes_in(pages(phone, limit=limit))

    versions = [change["note"]["version"] for change in found]
    assert len({change["note"]["id"] for change in found}) == len(found) == 5
    assert versions == sorted(versions)


def test_300_notes_of_one_tick_arrive_whole(phone, alice):
    make_many(alice, 300)

    answers = pages(phone, limit=100)

    assert [len(answer["changes"]) for answer in answers] == [100, 100, 100]
    assert len({change["note"]["id"] for change in changes_in(answers)}) == 300


def test_a_note_that_changes_during_a_walk_comes_at_its_end(phone, alice):
    first, _ = make_note(owner=alice, title="Milk"), make_note(owner=alice, title="Bread")
    page = pull(phone, limit=1)
    phone.patch(f"/notes/{first.pk}", {"title": "Jam"})

    assert [titles(page), *map(titles, pages(phone, page["next"], limit=1))] == [["Milk"], ["Bread"], ["Jam"]]


def test_a_page_ends_once_it_holds_8_mebibytes(phone, alice):
    assert [make_note(owner=alice, content="x" * MEBIBYTE) for _ in range(9)]

    answers = pages(phone)

    assert [(len(answer["changes"]), answer["has_more"]) for answer in answers] == [(8, True), (1, False)]


def test_others_changes_are_not_told(phone, bob):
    make_note(owner=bob)

    assert pull(phone)["changes"] == []


@pytest.mark.parametrize("count", [1, 10])
def test_a_page_of_changes_takes_three_queries(phone, alice, count, django_assert_num_queries):
    assert [make_note(owner=alice) for _ in range(count)]

    with django_assert_num_queries(3):
        pull(phone)


def test_looking_for_news_where_there_are_none_takes_two_queries(phone, alice, django_assert_num_queries):
    make_note(owner=alice)
    since = pull(phone)["next"]

    with django_assert_num_queries(2):
        pull(phone, since)


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "since=now&since=now", "cursor=x", "since="])
def test_parameters_that_are_none_are_refused(phone, query):
    assert phone.get(f"/changes?{query}").status_code == 400


def test_an_altered_cursor_is_void(phone, alice):
    make_note(owner=alice)
    since = pull(phone)["next"]
    last = "A" if since[-1] != "A" else "B"

    assert refused(phone.get("/changes", {"since": since[:-1] + last})) == (410, "cursor_expired")


@pytest.mark.parametrize("since", ["x", "a.b", ":", "0", "NOW", "ü", "W10:x", "now."])
def test_what_is_no_cursor_is_void(phone, since):
    assert refused(phone.get("/changes", {"since": since})) == (410, "cursor_expired")


def test_the_cursor_of_another_account_is_void(phone, as_user, mallory):
    since = pull(phone)["next"]

    assert refused(as_user(mallory).get("/changes", {"since": since})) == (410, "cursor_expired")


def test_the_cursor_of_a_list_is_void(phone, alice):
    make_note(owner=alice)
    make_note(owner=alice)
    following = phone.get("/notes?limit=1").json()["next"]

    assert refused(phone.get("/changes", {"since": following.partition("cursor=")[2]})) == (410, "cursor_expired")


def test_a_cursor_signed_with_another_key_is_void(phone):
    since = str(Cursor.at_start(Clock.objects.get()))
    other = since.rpartition(":")[0] + ":" + "A" * 43

    assert refused(phone.get("/changes", {"since": other})) == (410, "cursor_expired")


def test_a_cursor_from_before_what_is_forgotten_is_void(as_user, alice, forgotten):
    since = str(Cursor.at(Clock.objects.get(), 1))
    call_command("purge")

    assert refused(as_user(alice).get("/changes", {"since": since})) == (410, "cursor_expired")


def test_a_cursor_from_after_what_is_forgotten_goes_on(as_user, alice, forgotten):
    client = as_user(alice)
    since = pull(client)["next"]
    call_command("purge")
    make_note(owner=alice, title="New")

    assert titles(pull(client, since)) == ["New"]


def test_a_first_walk_that_began_after_the_forgetting_is_never_sent_back(as_user, alice, forgotten):
    make_note(owner=alice, title="New")
    call_command("purge")

    answers = pages(as_user(alice), limit=1)

    assert [titles(answer) for answer in answers] == [["Kept"], ["New"]]
    assert Clock.objects.get().sync_floor == 4


def test_a_first_walk_that_began_before_the_forgetting_is_sent_back(as_user, alice, forgotten):
    client = as_user(alice)
    since = pull(client, limit=1)["next"]
    call_command("purge")

    assert refused(client.get("/changes", {"since": since})) == (410, "cursor_expired")


def test_what_is_forgotten_during_a_request_is_not_skipped(as_user, alice, forgotten):
    client = as_user(alice)
    since = str(Cursor.at(Clock.objects.get(), 1))
    purging = PurgesBeforeTheFeedIsRead()

    with connection.execute_wrapper(purging):
        response = client.get("/changes", {"since": since})

    assert purging.is_done
    assert refused(response) == (410, "cursor_expired")


class PurgesBeforeTheFeedIsRead:
    """Another process that purges between two statements of a request."""

    is_done = False

    def __call__(self, execute, sql, params, many, context):
        if not self.is_done and sql.startswith("SELECT") and 'FROM "notes_note"' in sql:
            self.is_done = True
            call_command("purge")
        return execute(sql, params, many, context)


def test_forgetting_moves_no_clock(alice, forgotten):
    call_command("purge")

    assert clock_of(alice) == 4
