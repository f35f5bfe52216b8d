"""Dump the database of an earlier version, with what its API has returned: the files in `states/`.

    DATABASE_USERNAME=postgres python -m notes.tests.upgrades.make_state 1fcde32 accounts-0011-notes-0015

runs the server of that Git revision twice, on SQLite and on PostgreSQL at DATABASE_HOSTNAME, lets Alice write notes,
and writes `states/accounts-0011-notes-0015.sqlite.sql` and `….postgresql.sql`. The packages of this virtual environment
must be able to run the revision.
"""

import io
import json
import os
import re
import secrets
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

from notes_api.tests import processes
from notes_api.tests.edge.server import ROOT, eventually, free_port

STATES = Path(__file__).parent / "states"
EMAIL, PASSWORD = "alice@example.com", "correct horse battery"
NOTES = [
    {"title": "Milk", "content": "Two bottles, and café crème.", "tags": ["shopping", "Größe"], "is_pinned": True},
    {"title": "Long", "content": "The quick brown fox jumps over 13 lazy dogs. " * 20, "tags": ["work"]},
    {"title": "Ärger 猫", "content": "Ελληνικά και русский", "is_archived": True},
    {"title": "Edited", "content": "The first text of this note."},
    {"title": "In the trash", "content": "Deleted by mistake.", "tags": ["shopping"]},
]
# What is compared after the upgrade.
LISTS = ["/notes?is_archived=any", "/notes?q=fox", "/notes?tag=Größe", "/trash", "/tags", "/users/me", "/changes"]
# That of the tests, so that they can read the cursors.
SECRET_KEY = "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"


def make_state(revision, name):
    with checked_out(revision) as checkout:
        for engine, database in (("sqlite", sqlite_database), ("postgresql", postgresql_database)):
            with database(checkout) as (variables, dump):
                with serving(checkout, variables) as client:
                    responses = write_notes(client)
                text = f"-- {json.dumps(responses, ensure_ascii=False)}\n{dump()}"
            (STATES / f"{name}.{engine}.sql").write_text(text)


@contextmanager
def checked_out(revision):
    """A directory with the files of a Git revision."""
    with tempfile.TemporaryDirectory() as checkout:
        archive = subprocess.run(["git", "archive", revision], cwd=ROOT, check=True, capture_output=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(checkout, filter="data")
        yield checkout


@contextmanager
def sqlite_database(checkout):
    path = Path(checkout, "state.sqlite3")

    def dump():
        with closing(sqlite3.connect(path)) as connection:
            return "".join(f"{line}\n" for line in connection.iterdump())

    yield {"DATABASE_PATH": str(path)}, dump


@contextmanager
def postgresql_database(checkout):
    names = {"HOSTNAME": "127.0.0.1", "PORT": "5432", "USERNAME": "postgres", "PASSWORD": ""}
    names = {name: os.environ.get(f"DATABASE_{name}", default) for name, default in names.items()}
    variables = {f"DATABASE_{name}": value for name, value in names.items()}
    name = f"state_{secrets.token_hex(4)}"
    programs = {
        **os.environ, "PGHOST": names["HOSTNAME"], "PGPORT": names["PORT"],
        "PGUSER": names["USERNAME"], "PGPASSWORD": names["PASSWORD"],
    }  # fmt: skip

    def run(*command):
        return subprocess.run(command, env=programs, check=True, capture_output=True, text=True).stdout

    def dump():
        text = run("pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=100", "--schema=public", name)
        # Comments, settings, and psql's own commands.
        return re.sub(
            r"(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*|(CREATE|COMMENT ON) SCHEMA.*)?\n", "", text
        )

    run("createdb", name)
    try:
        yield {**variables, "DATABASE_NAME": name}, dump
    finally:
        run("dropdb", "--force", name)


@contextmanager
def serving(checkout, variables):
    """Run the server of a checkout, and yield a client."""
    port = free_port()
    values = {
        "PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "SECRET_KEY": SECRET_KEY, "PORT": str(port),
        "WEB_CONCURRENCY": "1", "LOG_LEVEL": "ERROR", "THROTTLE_REGISTER": "", "THROTTLE_LOGIN": "", **variables,
    }  # fmt: skip
    run = {"cwd": checkout, "env": values}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], **run, check=True)
    server = processes.start([sys.executable, "-m", "gunicorn"], **run)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            eventually(lambda: is_up(client))
            yield client
    finally:
        processes.end(server)


def is_up(client):
    try:
        return client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def write_notes(client):
    """Write the notes, and return what the API says about them."""
    send(client, "POST", "/users", json={"email": EMAIL, "password": PASSWORD})
    log_in = {"username": EMAIL, "password": PASSWORD}
    token = send(client, "POST", "/login", data=log_in)["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    notes = {note["title"]: send(client, "POST", "/notes", json=note)["id"] for note in NOTES}
    send(client, "PATCH", f"/notes/{notes['Edited']}", json={"content": "The second text."})
    send(client, "DELETE", f"/notes/{notes['In the trash']}")
    paths = [*LISTS, f"/notes/{notes['Edited']}/revisions"]
    return {path: send(client, "GET", path) for path in paths}


def send(client, method, path, **options):
    response = client.request(method, path, **options)
    response.raise_for_status()
    return response.json() if response.content else None


if __name__ == "__main__":
    make_state(*sys.argv[1:])
