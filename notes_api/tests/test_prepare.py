import os
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from notes_api.settings import BASE_DIR


def welcome() -> str:
    output = StringIO()
    call_command("prepare", stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_a_start_prints_the_addresses_of_docs_and_admin(settings):
    settings.HOST, settings.PORT = "127.0.0.1", 9000

    assert "http://127.0.0.1:9000/docs" in welcome()
    assert "http://127.0.0.1:9000/admin/" in welcome()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8000/docs"), ("::", "http://[::1]:8000/docs"), ("nas", "http://nas:8000/docs")],
)
def test_the_address_shown_is_one_that_can_be_opened(settings, host, address):
    settings.HOST = host

    assert address in welcome()


@pytest.mark.django_db
def test_a_start_without_migrations_prints_nothing_about_them():
    assert "migrations" not in welcome()


def test_a_first_start_creates_the_database(tmp_path):
    run = prepare(DATABASE_HOSTNAME="", DATABASE_PATH=f"{tmp_path}/notes.sqlite3")

    assert run.returncode == 0
    assert "Applying notes.0001_initial... OK" in run.stdout
    assert (tmp_path / "notes.sqlite3").exists()


def test_a_database_that_cannot_be_reached_stops_the_start_without_a_traceback():
    run = prepare(DATABASE_HOSTNAME="127.0.0.1", DATABASE_PORT="1")

    assert run.returncode == 1
    assert run.stderr.startswith("CommandError: The database cannot be reached: ")


def prepare(**variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "ENV_FILE": os.devnull, **variables}
    command = [sys.executable, "manage.py", "prepare"]
    environment["DJANGO_SETTINGS_MODULE"] = "notes_api.settings"
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
