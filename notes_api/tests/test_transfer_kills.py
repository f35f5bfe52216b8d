"""Imports and exports while workers are killed: each ends with every note there once.

TRANSFER_KILLS is the number of kills of each.
"""

import io
import json
import os
import random
import signal
import zipfile
from uuid import UUID

import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, scratch_database, serving

KILLS = int(os.environ.get("TRANSFER_KILLS", "1"))
SETTINGS = "notes_api.tests.quick_outbox_settings"
NOTES = 2000


@pytest.fixture(scope="module")
def server(template):
    with scratch_database(template) as database, serving(database, DJANGO_SETTINGS_MODULE=SETTINGS) as server:
        yield server


def kill_workers(server):
    killed = server.workers()
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    eventually(lambda: not killed & server.workers(), 60)
    server.wait_until(server.is_up, 60)


def lines():
    """More than the request itself imports. The ids are those of no other account."""
    ids = [UUID(int=random.getrandbits(128), version=4) for _ in range(NOTES)]
    notes = ({"kind": "note", "id": str(each), "title": f"Note {each}", "content": "milk " * 120} for each in ids)
    return "\n".join(map(json.dumps, notes)), set(map(str, ids))


def ids_in(archive):
    found = [json.loads(line)["id"] for line in zipfile.ZipFile(io.BytesIO(archive)).read("notes.ndjson").splitlines()]
    assert len(found) == len(set(found))
    return set(found)


def report_of(client, location):
    return client.get(location).raise_for_status().json()


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_import_and_a_killed_export_end_with_every_note_once(server, number):
    text, ids = lines()
    with logged_in(server) as client:
        response = client.post("/imports", content=text)
        assert response.status_code == 202
        location = response.headers["Location"]
        threshold = NOTES * number // KILLS
        server.wait_until(lambda: report_of(client, location)["counts"]["created"] >= threshold, 120)
        kill_workers(server)
        server.wait_until(lambda: report_of(client, location)["status"] == "done", 120)
        assert report_of(client, location)["counts"] == {"created": NOTES, "unchanged": 0, "skipped": 0, "failed": 0}

        path = client.get("/export").headers["Location"]
        if number % 2:
            server.wait_until(lambda: client.get(path).status_code == 200 or client.get(path).json()["notes"] >= 0, 60)
        kill_workers(server)
        server.wait_until(lambda: client.get(path).status_code == 200, 120)
        assert ids_in(client.get(path).content) == ids
