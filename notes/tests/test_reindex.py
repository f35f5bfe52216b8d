"""`manage.py reindex`: makes the words anew that search reads, after an upgrade that folds differently."""

import subprocess
import sys
import threading

import pytest
from django.core.management import call_command

from notes.models import Note
from notes.tests.lists import titles
from notes.tests.making import clock_of, copies, make_note, make_trashed
from notes_api.tests.edge.server import ROOT
from notes_api.tests.serving import environment


def found(client, query):
    return titles(client.get("/notes", {"q": query}))


def words_of(note):
    return Note.objects.values_list("title_words", "content_words").get(pk=note.pk)


@pytest.fixture
def stale(alice):
    """A note whose words are those of another folding."""
    note = make_note(owner=alice, title="Straße", content="nach Köln")
    Note.objects.update(title_words="", content_words=" stale ")
    return note


def test_reindexing_makes_the_words_anew_and_changes_nothing_else(as_user, alice, stale):
    client = as_user(alice)
    before = client.get(f"/notes/{stale.pk}").json(), clock_of(alice)

    call_command("reindex")

    assert found(client, "strasse koln") == ["Straße"]
    assert found(client, "stale") == []
    assert (client.get(f"/notes/{stale.pk}").json(), clock_of(alice)) == before


def test_what_is_in_the_trash_is_found_again_after_it_is_restored(as_user, alice):
    note = make_trashed(owner=alice, title="Milk")
    Note.objects.update(title_words="")

    call_command("reindex")
    note.restore()

    assert found(as_user(alice), "milk") == ["Milk"]


def test_reindexing_leaves_no_words_on_what_is_purged(alice):
    make_trashed(owner=alice).purge()

    call_command("reindex")

    assert Note.objects.get().title_words == ""


def test_notes_from_before_there_were_signatures_get_theirs(as_user, alice):
    make_note(owner=alice, title="Long", content="two litres " * 200)
    signature = Note.objects.get().content_signature
    Note.objects.update(content_signature=None)
    client = as_user(alice)
    assert found(client, "litres") == ["Long"]

    call_command("reindex")

    assert Note.objects.get().content_signature == signature is not None
    assert found(client, "litres") == ["Long"]


def test_the_progress_is_shown_and_what_was_right_is_not_written(alice, stale, capsys):
    make_trashed(owner=alice).purge()
    Note.objects.bulk_create(copies(alice, 119, title_words=" milk ", content="", content_words=" "))

    call_command("reindex")

    assert capsys.readouterr().out == (
        "      50 of 120 notes\r     100 of 120 notes\r     120 of 120 notes\r\n       1 had other words\n"
    )


def test_a_text_that_was_written_meanwhile_keeps_its_own_words_and_the_other_gets_them(stale):
    (row,) = Note.objects.values()
    stale.change({"content": "nach Bonn"})

    Note.objects.renew_words(row)

    assert words_of(stale) == (" strasse ", " nach bonn ")


def test_a_note_that_was_pinned_meanwhile_gets_its_words(stale):
    (row,) = Note.objects.values()
    stale.change({"is_pinned": True})

    Note.objects.renew_words(row)

    assert words_of(stale) == (" strasse ", " nach koln ")


def test_a_note_that_was_purged_meanwhile_gets_none(stale):
    (row,) = Note.objects.values()
    stale.trash().purge()

    Note.objects.renew_words(row)

    assert words_of(stale) == ("", "")


def test_the_server_goes_on_writing_meanwhile(served_database, visitor):
    notes = [visitor.post("/notes", json={"title": f"Milk {number}"}).json()["id"] for number in range(100)]
    served_database.query("UPDATE notes_note SET title_words = '', content_words = ' stale '")
    answers, is_over = [], threading.Event()

    def write():
        while not is_over.is_set():
            note = notes[len(answers) % len(notes)]
            answers.append(visitor.patch(f"/notes/{note}", json={"content": f"text{len(answers)}"}).status_code)

    writer = threading.Thread(target=write)
    writer.start()
    command = [sys.executable, "manage.py", "reindex"]
    done = subprocess.run(command, cwd=ROOT, env=environment(served_database), check=False, capture_output=True)
    is_over.set()
    writer.join()

    assert (done.returncode, done.stderr) == (0, b"")
    assert set(answers) == {200}
    assert found_of(visitor, "milk") == set(notes)
    assert found_of(visitor, "stale") == set()
    assert found_of(visitor, f"text{len(answers) - 1}") == {notes[(len(answers) - 1) % len(notes)]}


def found_of(client, query):
    return {note["id"] for note in client.get("/notes", params={"q": query, "limit": 100}).json()["results"]}
