"""What `manage.py` prints if the database cannot be used."""

import os
import subprocess
import sys

import pytest

from notes_api.settings import BASE_DIR

ADVICE = (
    "Check that it runs and the DATABASE_… settings, and run `manage.py migrate`. With --traceback, the command shows"
    " where it failed.\n"
)


@pytest.fixture
def run(tmp_path):
    """`run("purge")` runs a command, with an empty SQLite database unless variables name another one."""

    def run(*arguments, **variables):
        database = {"DATABASE_HOSTNAME": "", "DATABASE_PATH": f"{tmp_path}/notes.sqlite3", **variables}
        environment = {**os.environ, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "notes_api.settings", **database}
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)

    return run


def test_a_database_without_tables_is_a_sentence(run):
    result = run("outbox")

    assert result.returncode == 1
    assert result.stderr == f"The database cannot be used: no such table: outbox_entry\n{ADVICE}"


def test_a_database_that_cannot_be_reached_is_a_sentence(run):
    result = run("purge", DATABASE_HOSTNAME="127.0.0.1", DATABASE_PORT="1")

    assert result.returncode == 1
    assert result.stderr.startswith("The database cannot be used: connection failed: ")
    assert result.stderr.endswith(f"\n{ADVICE}")
    assert "Traceback" not in result.stderr


def test_the_traceback_is_printed_on_request(run):
    assert "Traceback" in run("outbox", "--traceback").stderr
