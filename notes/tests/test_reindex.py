"""`manage.py reindex`: recomputes the words that search reads and the counts of tags, after an upgrade."""

import subprocess
import sys
import threading
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from accounts.flows.erasure import erase
from notes.models import Note, TagCount
from notes.models.reindexing import recount_tags, renew_words
from notes.search.bloom import ALL_COLUMNS
from notes.tests.factories import clock_of, copies, make_note, make_trashed
from notes.tests.search_cases import find
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import environment


def words_of(note):
    return Note.objects.values_list("title_words", "content_words").get(pk=note.pk)


@pytest.fixture
def stale(alice):
    """A note whose words come from another folding."""
    note = make_note(owner=alice, title="Straße", content="nach Köln")
    Note.objects.update(title_words="", content_words=" stale ")
    return note


def test_reindex_recomputes_the_words_and_changes_nothing_else(as_user, alice, stale):
    client = as_user(alice)
    before = client.get(f"/notes/{stale.pk}").json(), clock_of(alice)

    call_command("reindex")

    assert find(client, "strasse koln") == ["Straße"]
    assert find(client, "stale") == []
    assert (client.get(f"/notes/{stale.pk}").json(), clock_of(alice)) == before


def test_reindex_includes_the_trash(as_user, alice):
    note = make_trashed(owner=alice, title="Milk")
    Note.objects.update(title_words="")

    call_command("reindex")
    note.restore()

    assert find(as_user(alice), "milk") == ["Milk"]


def test_reindex_gives_a_purged_note_no_words(alice):
    make_trashed(owner=alice).purge()

    call_command("reindex")

    assert Note.objects.get().title_words == ""


def test_a_note_without_filters_is_found_and_reindex_adds_them(as_user, alice):
    make_note(owner=alice, title="Milk", content="two litres")
    stored = Note.objects.values_list(*ALL_COLUMNS).get()
    Note.objects.update(**dict.fromkeys(ALL_COLUMNS))

    found = [find(as_user(alice), query) for query in ("milk", "litres", "mil* lit*", "bread or milk")]
    call_command("reindex")

    assert found == [["Milk"]] * 4
    assert Note.objects.values_list(*ALL_COLUMNS).get() == stored
    assert None not in stored


def test_the_migration_fills_the_filters_of_all_notes_but_tombstones(alice):
    Note.objects.bulk_create(copies(alice, 501))
    make_trashed(owner=alice).purge()
    stored = set(Note.objects.values_list("pk", *ALL_COLUMNS))
    Note.objects.update(**dict.fromkeys(ALL_COLUMNS))

    import_module("notes.migrations.0012_fill_bloom_filters").fill(apps, SimpleNamespace(connection=connection))

    assert set(Note.objects.values_list("pk", *ALL_COLUMNS)) == stored
    assert Note.objects.filter(title_bloom=None).count() == 1


def test_reindex_adds_missing_signatures(as_user, alice):
    make_note(owner=alice, title="Long", content="two litres " * 200)
    signature = Note.objects.get().content_signature
    Note.objects.update(content_signature=None)
    client = as_user(alice)
    assert find(client, "litres") == ["Long"]

    call_command("reindex")

    assert Note.objects.get().content_signature == signature is not None
    assert find(client, "litres") == ["Long"]


def test_reindex_shows_progress_and_writes_only_changed_words(alice, stale, capsys):
    make_trashed(owner=alice).purge()
    Note.objects.bulk_create(copies(alice, 119, title_words=" milk ", content="", content_words=" "))

    call_command("reindex")

    assert capsys.readouterr().out == (
        "      50 of 120 notes\r     100 of 120 notes\r     120 of 120 notes\r\n       1 updated\n"
        "       0 accounts with wrong tag counts corrected\n"
    )


def test_reindex_corrects_the_counts_of_tags(as_user, alice, bob, capsys):
    client, clock_of_bob = as_user(alice), clock_of(bob)
    make_note(alice, tags=["dairy", "shop"])
    make_trashed(alice, tags=["shop"])
    before = client.get("/tags")
    TagCount.objects.filter(name="dairy").update(notes=7)
    TagCount.objects.filter(name="shop").update(name="gone")

    call_command("reindex")

    after = client.get("/tags", headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.json()) == (200, before.json())
    assert "       1 accounts with wrong tag counts corrected" in capsys.readouterr().out
    assert clock_of(bob) == clock_of_bob


def test_reindex_leaves_right_counts_alone(as_user, alice):
    make_note(alice, tags=["dairy"])
    rows, clock = list(TagCount.objects.values()), clock_of(alice)

    call_command("reindex")

    assert (list(TagCount.objects.values()), clock_of(alice)) == (rows, clock)


def test_an_account_erased_during_the_reindex_is_skipped(alice):
    owner_id = alice.pk
    erase(alice)

    assert recount_tags(owner_id) is False


def test_a_text_written_during_the_reindex_keeps_its_own_words(stale):
    (row,) = Note.objects.values()
    stale.change({"content": "nach Bonn"})

    renew_words(row)

    assert words_of(stale) == (" strasse ", " nach bonn ")


def test_a_note_pinned_during_the_reindex_gets_its_words(stale):
    (row,) = Note.objects.values()
    stale.change({"is_pinned": True})

    renew_words(row)

    assert words_of(stale) == (" strasse ", " nach koln ")


def test_a_note_purged_during_the_reindex_gets_no_words(stale):
    (row,) = Note.objects.values()
    stale.trash().purge()

    renew_words(row)

    assert words_of(stale) == ("", "")


def test_the_server_accepts_writes_during_the_reindex(served_database, visitor):
    notes = [visitor.post("/notes", json={"title": f"Milk {number}"}).json()["id"] for number in range(40)]
    served_database.query("UPDATE notes_note SET title_words = '', content_words = ' stale '")
    answers, is_over = [], threading.Event()

    def write():
        while not is_over.is_set():
            note = notes[len(answers) % len(notes)]
            answers.append(visitor.patch(f"/notes/{note}", json={"content": f"text{len(answers)}"}).status_code)
            is_over.wait(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    command = [sys.executable, "manage.py", "reindex"]
    done = subprocess.run(command, cwd=ROOT, env=environment(served_database), check=False, capture_output=True)
    is_over.set()
    writer.join()

    assert (done.returncode, done.stderr) == (0, b"")
    assert set(answers) == {200}
    assert ids_found(visitor, "milk") == set(notes)
    assert ids_found(visitor, "stale") == set()
    assert ids_found(visitor, f"text{len(answers) - 1}") == {notes[(len(answers) - 1) % len(notes)]}


def ids_found(client, query):
    return {note["id"] for note in client.get("/notes", params={"q": query, "limit": 100}).json()["results"]}
