import os
import socket
import subprocess
import sys
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.core.management.base import CommandError

from notes_api.config.base_url import address_of
from notes_api.settings import BASE_DIR
from notes_api.tests.edge.server import free_port


@pytest.fixture(autouse=True)
def _port(settings):
    settings.PORT = free_port()


def welcome() -> str:
    output = StringIO()
    call_command("prepare", stdout=output)
    return output.getvalue()


@pytest.mark.django_db
def test_a_start_prints_the_addresses_of_docs_and_admin(settings):
    output = welcome()

    assert f"http://127.0.0.1:{settings.PORT}/docs" in output
    assert f"http://127.0.0.1:{settings.PORT}/admin/" in output


SHOWN = [
    ("127.0.0.1", "http://127.0.0.1:8000"),
    ("0.0.0.0", "http://127.0.0.1:8000"),
    ("::", "http://[::1]:8000"),
    ("2001:db8::1", "http://[2001:db8::1]:8000"),
    ("nas", "http://nas:8000"),
]


def test_the_address_shown_is_one_that_can_be_opened(subtests):
    for host, address in SHOWN:
        with subtests.test(host=host, address=address):
            assert address_of(host, 8000) == address


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_port_that_is_taken_stops_the_start_with_a_sentence(settings, host):
    settings.HOST = host
    with socket.create_server(("127.0.0.1", settings.PORT)), pytest.raises(CommandError) as refusal:
        welcome()

    assert str(refusal.value) == (
        f"Cannot listen on {host} port {settings.PORT}: Address already in use. Choose another port with PORT,"
        " or end the program that uses this one."
    )


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"PORT": "8120"}, "http://127.0.0.1:8120"),
        ({"PORT": "8120", "HOST": "0.0.0.0"}, "http://127.0.0.1:8120"),
        ({"PORT": "8120", "HOST": "nas"}, "http://nas:8120"),
        ({"PORT": "8120", "HOST": "::"}, "http://[::1]:8120"),
        ({"PORT": "80"}, "http://127.0.0.1"),
        ({"PORT": "8120", "PUBLIC_BASE_URL": "https://notes.example.org"}, "https://notes.example.org"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_mails_link_to_the_port_on_which_the_server_listens(set_environment, client, alice, variables, address):
    set_environment(**variables)

    client.post("/password/reset", {"email": alice.email}, headers={"Host": "localhost"}, secure=True)

    assert f"{address}/password/reset/confirm?token=" in mail.outbox[0].body


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
    # Another program may use the usual port.
    environment = {**os.environ, "ENV_FILE": os.devnull, "PORT": str(free_port()), **variables}
    command = [sys.executable, "manage.py", "prepare"]
    environment["DJANGO_SETTINGS_MODULE"] = "notes_api.settings"
    return subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
