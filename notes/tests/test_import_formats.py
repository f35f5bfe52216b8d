"""POST /imports of an input in another format than the client names, or in several: the report says what to change."""

import gzip
import json

import pytest

from notes.models import Note
from notes.tests.imports import counts, sender
from notes.tests.transfer.inputs import zip_of
from notes.tests.transfer.test_enex import enex, note
from notes.transfer.formats import FORMATS
from notes_api.tests.responses import field_errors

KEEP = {"isTrashed": False, "title": "Milk"}
ENEX = enex(note("Milk"))


@pytest.fixture
def send(as_user, alice):
    return sender(as_user(alice))


def problems(response):
    return {item["problem"]["code"]: item["problem"]["detail"] for item in response.json()["items"] if item["problem"]}


@pytest.mark.parametrize("name", FORMATS.keys() - {"enex", "markdown", "text"})
def test_an_input_in_another_format_than_the_client_names_is_reported(name, send):
    response = send(ENEX, f"?format={name}&name=a.enex")

    assert "`format=enex`" in problems(response)["other_format"]
    assert not Note.objects.exists()


def test_an_import_of_nothing_fails(send):
    response = send(b"# Milk", "?format=simplenote").json()

    assert (response["status"], response["problem"]["code"]) == ("failed", "not_found")
    assert response["problem"]["detail"].startswith("Nothing in the input is of the format simplenote.")


def test_an_export_without_notes_is_done(send):
    response = send(b'{"activeNotes": [], "trashedNotes": []}')

    assert (response.json()["status"], counts(response), response.json()["problem"]) == ("done", {}, None)


def test_notes_of_a_second_format_are_reported_and_can_be_imported_too(send):
    data = zip_of({"a.enex": ENEX, "b.json": KEEP})

    first = send(data)
    second = send(data, "?format=keep")

    assert (first.json()["status"], first.json()["format"], counts(first)) == (
        "done",
        "enex",
        {"created": 1, "failed": 1},
    )
    assert "`format=keep`" in problems(first)["other_format"]
    assert (counts(second), Note.objects.count()) == ({"created": 1, "failed": 1}, 2)


def test_a_note_that_quotes_another_format_is_not_a_second_format(send):
    assert problems(send(enex(note(json.dumps(KEEP))))) == {}


def test_the_report_of_a_damaged_export_in_an_archive_with_links_ends_with_the_damage(send):
    data = zip_of({"notes.ndjson": " " * 9_000_000, "../a": ""})

    response = send(data, "?format=cloud-notes")

    assert (response.json()["status"], response.json()["problem"]["code"]) == ("failed", "ratio")


def test_a_format_that_does_not_exist_is_400_and_names_those_that_do(send):
    response = send(ENEX, "?format=evernote")

    assert field_errors(response) == [("format", "invalid_choice")]
    assert "enex" in response.json()["errors"][0]["message"]


def test_a_compressed_file_is_400_and_says_which_archives_are_read(send):
    response = send(gzip.compress(ENEX))

    assert field_errors(response) == [("format", "unknown_format")]
    assert "zip" in response.json()["errors"][0]["message"]
