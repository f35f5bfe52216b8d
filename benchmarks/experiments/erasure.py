"""Measure how long it takes to erase a large account, and how long others wait meanwhile.

`python -m benchmarks.experiments.erasure --notes 100000`
"""

import logging
import os
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.conf import settings

from notes.models import Note
from notes_api.tests.live_server import PASSWORD, logged_in, scratch_database, serving

# Copies of the account's one note, each about 2 kB with its folded words.
NUMBERS = {
    "postgresql": "generate_series(2, {count}) AS number",
    "sqlite": "(WITH RECURSIVE n(number) AS (SELECT 2 UNION ALL SELECT number + 1 FROM n WHERE number < {count})"
    " SELECT number FROM n)",
}
NEW_ID = {"postgresql": "gen_random_uuid()", "sqlite": "lower(hex(randomblob(16)))"}
NOTE = ", ".join(field.column for field in Note._meta.concrete_fields if field.name not in ("id", "version"))
REVISION = "note_id, title, content, tags, written_at, written_by, kept_at"


logging.getLogger("httpx").setLevel(logging.WARNING)


def fill(database, owner, count):
    """Give the account `count` notes; every tenth has three revisions."""
    vendor = "postgresql" if settings.DATABASE_HOSTNAME else "sqlite"
    numbers = NUMBERS[vendor].format(count=count)
    mine = f"owner_id IN (SELECT id FROM accounts_user WHERE email = '{owner.email}')"
    note = f"(SELECT * FROM notes_note WHERE {mine} LIMIT 1) AS note"
    revision = f"(SELECT * FROM notes_revision WHERE note_id IN (SELECT id FROM notes_note WHERE {mine}) LIMIT 1)"
    database.query(
        f"INSERT INTO notes_note (id, version, {NOTE}) SELECT {NEW_ID[vendor]}, number, {NOTE} FROM {note}, {numbers}"
    )
    texts = REVISION.replace("note_id", "note.id").replace("title, content, tags", "old.title, old.content, old.tags")
    texts = texts.replace("written_by", "old.written_by")
    database.query(
        f"INSERT INTO notes_revision (version, {REVISION}) SELECT old.version + 10 + place.number, {texts}"
        f" FROM notes_note note, {revision} old, (SELECT 1 AS number UNION SELECT 2 UNION SELECT 3) place"
        f" WHERE {mine} AND note.version % 10 = 0"
    )


def waits(client, request, leaving):
    """Repeat a request until the account is erased; return the seconds that each took."""
    times = []
    while not leaving.done():
        began = time.monotonic()
        request(client).raise_for_status()
        times.append(time.monotonic() - began)
        time.sleep(0.02)
    return times


def main(count):
    with (
        scratch_database() as database,
        serving(database, WEB_CONCURRENCY="2") as server,
        logged_in(server) as owner,
        ThreadPoolExecutor(3) as threads,
    ):
        address = owner.post("/notes", json={"title": "Milk", "content": "two litres of milk " * 50}).headers[
            "Location"
        ]
        owner.patch(address, json={"content": "two litres of Milk " * 50}).raise_for_status()
        fill(database, owner, count)
        with logged_in(server) as reader, logged_in(server) as writer:
            began = time.monotonic()
            leaving = threads.submit(owner.post, "/users/me/erase", json={"password": PASSWORD})
            reading = threads.submit(waits, reader, lambda client: client.get("/notes"), leaving)
            writing = threads.submit(
                waits, writer, lambda client: client.post("/notes", json={"title": "Bread"}), leaving
            )
            print(f"{settings.DATABASES['default']['ENGINE']}, {count} notes: {leaving.result().status_code}"
                  f" after {time.monotonic() - began:.1f} s; meanwhile the slowest read of another account took"
                  f" {max(reading.result()):.2f} s, the slowest write {max(writing.result()):.2f} s")  # fmt: skip


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=100_000)
    main(parser.parse_args().notes)
