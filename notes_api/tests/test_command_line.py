"""What `manage.py` prints if the database cannot be used."""

import subprocess
import sys

import pytest
from django.conf import settings

from notes_api.settings import BASE_DIR
from notes_api.tests.live_server import environment, new_database

REFUSAL = "The database cannot be used: "
ADVICE = (
    "Check that it runs, the DATABASE_… settings and the rights of its user, and run `manage.py migrate`. With"
    " --traceback, the command shows where it failed.\n"
)


@pytest.fixture
def empty():
    with new_database() as database:
        yield database


def run(database, *arguments, **variables):
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, env=environment(database, **variables), text=True,
                          check=False, capture_output=True)  # fmt: skip


def test_a_database_without_tables_is_a_sentence(empty):
    result = run(empty, "outbox")

    sentence, advice = result.stderr.split("\n", 1)
    assert result.returncode == 1
    assert sentence.startswith(REFUSAL)
    assert "outbox_entry" in sentence
    assert advice == ADVICE


def test_a_database_that_cannot_be_reached_is_a_sentence(empty):
    result = run(empty, "purge", DATABASE_HOSTNAME="127.0.0.1", DATABASE_PORT="1")

    assert result.returncode == 1
    assert result.stderr.startswith(f"{REFUSAL}connection failed: ")
    assert result.stderr.endswith(f"\n{ADVICE}")
    assert "Traceback" not in result.stderr


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no settings in the database")
@pytest.mark.parametrize("command", ["migrate", "purge"])
def test_a_database_that_only_reads_is_a_sentence(template, command):
    with new_database(template if command == "purge" else None) as database:
        database.query(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on', "postgres")

        result = run(database, command)

    assert result.returncode == 1
    assert "in a read-only transaction" in result.stderr
    assert result.stderr.endswith(f"\n{ADVICE}")
    assert "Traceback" not in result.stderr


def test_the_traceback_is_printed_on_request(empty):
    assert "Traceback" in run(empty, "outbox", "--traceback").stderr


def test_the_deadline_of_requests_does_not_limit_commands(empty):
    result = run(empty, "diffsettings", REQUEST_TIMEOUT="1")

    assert "REQUEST_TIMEOUT = 0 " in result.stdout
