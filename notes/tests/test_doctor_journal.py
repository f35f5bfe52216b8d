"""`manage.py doctor` looks at the journal of erasures."""

import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command


@pytest.fixture
def journal(settings, tmp_path):
    settings.ERASURE_JOURNAL = tmp_path / "journal"
    return settings.ERASURE_JOURNAL


def findings(subject):
    output = io.StringIO()
    with suppress(SystemExit):
        call_command("doctor", "--json", stdout=output)
    return [
        (found["level"], found["message"]) for found in json.loads(output.getvalue()) if found["subject"] == subject
    ]


def test_without_the_setting_nothing_is_said():
    assert findings("journal") == []


def test_a_journal_that_can_be_written_is_fine(journal):
    assert findings("journal") == [("ok", f"erasures are recorded in {journal}")]
    assert not journal.exists()


def test_a_journal_in_a_missing_directory_is_an_error(settings, tmp_path):
    settings.ERASURE_JOURNAL = tmp_path / "missing" / "journal"

    assert findings("journal") == [
        ("error", f"{tmp_path}/missing/journal cannot be written, so nobody can erase an account")
    ]


def test_a_journal_that_cannot_be_read_is_an_error(journal):
    journal.mkdir()

    assert findings("journal") == [("error", f"{journal} cannot be read: Is a directory")]


def test_torn_lines_are_a_warning(journal):
    journal.write_text("torn\n")

    assert findings("journal") == [("warning", f"1 lines of {journal} cannot be read")]


def test_a_journal_that_others_can_read_is_an_error(journal):
    journal.touch(0o644)

    assert ("error", f"other users may have access to {journal}") in findings("files")
