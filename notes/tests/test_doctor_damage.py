"""What `manage.py doctor` says about a damaged database."""

import gc
import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command
from django.db import connection

from notes.tests.factories import make_note

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
ON_SQLITE = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has no file")


@pytest.fixture
def path(own_database, alice):
    make_note(owner=alice, title="Milk")
    connection.close()
    return own_database.path


def find_errors():
    output = io.StringIO()
    with suppress(SystemExit):
        call_command("doctor", "--json", stdout=output)
    # Django does not close the connection to a file that it cannot read.
    gc.collect()
    return [found for found in json.loads(output.getvalue()) if found["level"] == "error"]


def test_a_missing_table_is_one_error(own_database):
    own_database.query("ALTER TABLE notes_note RENAME TO notes_lost")
    found = find_errors()
    own_database.query("ALTER TABLE notes_lost RENAME TO notes_note")

    [message] = [each["message"] for each in found if each["subject"] == "database"]
    assert message.startswith("it cannot be read: ")
    assert "notes_note" in message
    assert "\n" not in message


@ON_SQLITE
def test_damaged_pages_are_an_error(path):
    content = bytearray(path.read_bytes())
    content[-4096 * 4 :] = b"x" * 4096 * 4
    path.write_bytes(content)

    assert {"integrity", "database"} & {found["subject"] for found in find_errors()}


@ON_SQLITE
@pytest.mark.parametrize("whole", [0, 100])
def test_a_file_that_cannot_be_opened_because_it_is_damaged_is_to_be_restored(path, whole):
    path.write_bytes(path.read_bytes()[:whole] + b"damaged" * 1000)

    [found] = [found for found in find_errors() if found["subject"] == "database"]

    assert found["message"].startswith("the file is damaged: ")
    assert found["advice"].startswith("Restore a backup with `manage.py restore`")
