"""Let the server of an earlier revision serve while this version migrates its database.

    python -m benchmarks.experiments.upgrades 1fcde32 --notes 100000

Prints how long `migrate` takes, what clients of the earlier server got meanwhile, and how many acknowledged notes are
missing afterwards. Without clients (`--clients 0`) it measures `migrate` alone.
"""

import logging
import os
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

import httpx
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from benchmarks.experiments import seed
from notes.tests.backups import connected_to
from notes.tests.upgrades.make_state import SECRET_KEY, checked_out, serving
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import environment, logged_in, scratch_database
from notes_api.tests.live_server import serving as serving_today

ACCOUNTS = 10
logging.getLogger("httpx").setLevel(logging.WARNING)


class Client:
    """Writes and reads notes of its own account until the end, and remembers what was acknowledged."""

    def __init__(self, http):
        self.http, self.written, self.results = http, {}, []

    def run(self, is_over):
        number = 0
        while not is_over.is_set():
            number += 1
            note = self.send("POST", "/notes", json={"title": f"Note {number}", "content": "two litres " * 50})
            if note is not None:
                self.written[note["id"]] = note["title"]
                self.send("PATCH", f"/notes/{note['id']}", json={"content": "three litres " * 50})
            for path in ("/notes", "/notes?q=litres", "/changes", f"/notes/{note['id']}" if note else "/tags"):
                self.send("GET", path)

    def send(self, method, path, **options):
        began = time.monotonic()
        try:
            response = self.http.request(method, path, **options)
            status = response.status_code
        except httpx.TransportError as error:
            status = type(error).__name__
        self.results.append((status, time.monotonic() - began, method))
        return response.json() if status in (200, 201) else None


def fill(count):
    for number in range(ACCOUNTS):
        seed.make_account(f"account{number}@example.org", count // ACCOUNTS, seed=number)


def migrate_back(checkout):
    """Unapply what the revision does not have."""
    for app in apps.get_app_configs():
        folder = Path(app.path, "migrations")
        if Path(app.path).parent == ROOT and folder.is_dir():
            names = sorted(path.stem for path in Path(checkout, app.label, "migrations").glob("[0-9]*.py"))
            call_command("migrate", app.label, names[-1] if names else "zero", verbosity=0)


def migrate(database):
    """Migrate in another process, as an operator does, and return the seconds."""
    began = time.monotonic()
    command = [sys.executable, "manage.py", "migrate"]
    result = subprocess.run(command, cwd=ROOT, env=environment(database), capture_output=True, text=True, check=True)
    print(result.stderr, end="")
    return time.monotonic() - began


def report(clients):
    for method in ("GET", "POST", "PATCH"):
        results = [result for client in clients for result in client.results if result[2] == method]
        times = sorted(seconds for _, seconds, _ in results)
        statuses = dict(Counter(status for status, _, _ in results))
        print(f"  {method}: {statuses}, median {times[len(times) // 2]:.3f} s, slowest {times[-1]:.2f} s")


def main(revision, notes, number_of_clients):
    with ExitStack() as stack:
        database = stack.enter_context(scratch_database())
        checkout = stack.enter_context(checked_out(revision))
        with connected_to(database):
            fill(notes)
            migrate_back(checkout)
        is_over = Event()
        with serving(checkout, {**database.variables, "WEB_CONCURRENCY": "2"}) as server, ExitStack() as logins:
            server.url = str(server.base_url)
            clients = [Client(logins.enter_context(logged_in(server))) for _ in range(number_of_clients)]
            with ThreadPoolExecutor(max(1, number_of_clients)) as threads:
                running = [threads.submit(client.run, is_over) for client in clients]
                time.sleep(2 if clients else 0)
                seconds = migrate(database)
                time.sleep(1 if clients else 0)
                is_over.set()
            [thread.result() for thread in running]
            print(f"{settings.DATABASES['default']['ENGINE']}, {notes} notes: migrated in {seconds:.1f} s")
            if clients:
                report(clients)
                with serving_today(database, SECRET_KEY=SECRET_KEY) as today:
                    print(f"  acknowledged: {sum(len(client.written) for client in clients)},"
                          f" missing: {sum(missing(client, today) for client in clients)}")  # fmt: skip


def missing(client, server):
    with httpx.Client(base_url=server.url, headers=client.http.headers, timeout=60, verify=False) as http:
        return sum(http.get(f"/notes/{pk}").status_code != 200 for pk in client.written)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("revision")
    parser.add_argument("--notes", type=int, default=100_000)
    parser.add_argument("--clients", type=int, default=4)
    arguments = parser.parse_args()
    main(arguments.revision, arguments.notes, arguments.clients)
