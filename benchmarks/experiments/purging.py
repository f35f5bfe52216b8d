"""How long writes wait while the trash is emptied: `python -m benchmarks.experiments.purging [notes]`.

Starts a server on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite) in which one account has 100,000
notes of realistic lengths in the trash, all expired. Another account writes one note after the other, first alone, then
while `manage.py purge` runs. Prints the times of its requests in milliseconds, and how long the purge took.
"""

import logging
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.db import connection
from django.utils import timezone

from benchmarks.experiments.seed import make_account
from notes.models import Note
from notes.tests.backups import connected_to
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import PRODUCT, environment, logged_in, scratch_database, serving

ALONE_SECONDS = 10


def fill_trash(count):
    make_account("full@example.com", count)
    Note.objects.update(trashed_at=timezone.now() - timedelta(days=31))
    with connection.cursor() as cursor:
        # As PostgreSQL does by itself after some time.
        cursor.execute("ANALYZE")


def write_while(client, claim):
    """Write notes while the claim is true, and return the milliseconds that each request took."""
    times = []
    while claim():
        began = time.perf_counter()
        client.post("/notes", json={"title": "Milk", "content": "two litres " * 50}).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def report(name, times):
    quantiles = [times[int(len(times) * share)] for share in (0.5, 0.99)]
    print(f"{name:<8} {len(times):>6} writes: median {quantiles[0]:.1f}, 99 % {quantiles[1]:.1f}, most {times[-1]:.1f}")


def main(count):
    logging.disable(logging.INFO)
    with scratch_database() as database, connected_to(database):
        fill_trash(count)
        with serving(database, **PRODUCT) as server, logged_in(server) as client:
            end = time.monotonic() + ALONE_SECONDS
            report("alone", write_while(client, lambda: time.monotonic() < end))
            began = time.monotonic()
            command = [sys.executable, "manage.py", "purge"]
            purge = subprocess.Popen(command, cwd=ROOT, env=environment(database), stdout=subprocess.DEVNULL)
            report("purging", write_while(client, lambda: purge.poll() is None))
            print(f"purge: {time.monotonic() - began:.1f} s")
        print("left in the trash:", Note.objects.trashed().count())


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("notes", nargs="?", type=int, default=100_000)
    main(parser.parse_args().notes)
