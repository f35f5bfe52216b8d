"""The product on a small disk of its own that becomes full, on SQLite."""

import os
import secrets
import shutil
from pathlib import Path

import pytest
from django.db import connection

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import PASSWORD, Sqlite, log_in, logged_in, serving
from notes_api.tests.small_disks import small_disk

SIZE = 40 * 1024 * 1024


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path, SIZE) as directory:
        yield directory


def free_bytes(disk):
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides what it can store")
def test_a_full_disk_loses_nothing_and_writes_go_on_when_there_is_room(disk, template):
    database = Sqlite(Path(shutil.copy(template, disk / "notes.sqlite3")))
    with serving(database) as server, logged_in(server) as client:
        filler = disk / "filler"
        filler.write_bytes(bytes(free_bytes(disk) - 3_000_000))
        stored, statuses = {}, []
        while statuses[-3:] != [507] * 3 and len(statuses) < 50:
            content = secrets.token_hex(200_000)
            response = client.post("/notes", json={"title": "Milk", "content": content})
            statuses.append(response.status_code)
            if response.status_code == 201:
                stored[response.headers["Location"]] = content
        first, *others = stored

        assert set(statuses) == {201, 507}
        assert client.get("/readyz").json()["writes"] == "disk_full"
        assert client.delete(first).status_code == 204
        assert client.delete(first.replace("/notes/", "/trash/")).status_code == 204
        assert log_in(client, client.email, PASSWORD).status_code == 200
        assert client.get("/notes").status_code == 200

        filler.unlink()

        assert client.post("/notes", json={"title": "Milk"}).status_code == 201
        assert eventually(lambda: client.get("/readyz").json()["writes"] == "ok")
        assert [client.get(path).json()["content"] for path in others] == [stored[path] for path in others]
        assert server.log().count("The disk of the database is full") <= 2
