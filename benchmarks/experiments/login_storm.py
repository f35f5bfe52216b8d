"""Measure how a storm of log-ins slows down reading: `python -m benchmarks.experiments.login_storm`.

Starts a server with the production hasher and no throttles, on a new database (PostgreSQL if DATABASE_HOSTNAME is set,
else SQLite). Eight connections repeatedly read a page of 50 notes. In every second phase, eight more send wrong
passwords. The p99 in the storm may be at most three times the quiet p99; otherwise the exit status is 1.
"""

import asyncio
import json
import os
import statistics
import sys
from argparse import ArgumentParser

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from benchmarks.experiments.hammering import crowd, request
from notes_api.tests.live_server import PRODUCT, logged_in, scratch_database, serving

READERS = ATTACKERS = 8
PAGE = 50
MOST = 3.0


def make_notes(client):
    for number in range(PAGE):
        note = {"title": f"Note {number}", "content": "Milk, bread and a dozen eggs. " * 15}
        client.post("/notes", json=note).raise_for_status()


def messages(client):
    """Return the request of a reader and the request of an attacker."""
    read = request("GET", f"/notes?limit={PAGE}", Authorization=client.headers["Authorization"])
    guess = json.dumps({"username": client.email, "password": "incorrect horse battery"}).encode()
    return read, request("POST", "/login", guess, Content_Type="application/json")


async def phase(port, read, guess, seconds):
    """Return the seconds of each page read and the number of log-ins meanwhile (0 without a `guess`)."""
    storm = asyncio.create_task(crowd(port, ATTACKERS if guess else 0, guess, 401, seconds))
    times = await crowd(port, READERS, read, 200, seconds)
    return times, len(await storm)


def p99(times):
    return statistics.quantiles(times, n=100)[98]


class Weather:
    """The figures of all quiet phases, or of all phases with a storm."""

    def __init__(self, name):
        self.name, self.times, self.phases, self.logins, self.seconds = name, [], [], 0, 0

    def add(self, times, logins, seconds):
        self.times += times
        self.phases.append(p99(times))
        self.logins += logins
        self.seconds += seconds

    def report(self):
        print(f"{self.name:8}{len(self.times) / self.seconds:9.0f}/s{1000 * statistics.median(self.times):8.0f} ms"
              f"{1000 * p99(self.times):8.0f} ms{self.logins / self.seconds:9.1f}/s   "
              + ", ".join(f"{1000 * value:.0f}" for value in self.phases), flush=True)  # fmt: skip


async def measure(port, read, guess, rounds, seconds):
    quiet, storm = Weather("quiet"), Weather("storm")
    await phase(port, read, guess, 2)
    for _ in range(rounds):
        quiet.add(*await phase(port, read, None, seconds), seconds)
        storm.add(*await phase(port, read, guess, seconds), seconds)
    return quiet, storm


def main(rounds, seconds):
    print(f"{settings.DATABASES['default']['ENGINE']}, {rounds} × {seconds:.0f} s each, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
    with scratch_database() as database, serving(database, **PRODUCT) as server, logged_in(server) as client:
        make_notes(client)
        quiet, storm = asyncio.run(measure(server.port, *messages(client), rounds, seconds))
    print(f"{'':8}{'pages':>11}{'median':>11}{'p99':>11}{'log-ins':>11}   p99 of each phase, ms")
    quiet.report()
    storm.report()
    ratio = p99(storm.times) / p99(quiet.times)
    print(f"p99 in the storm is {ratio:.2f} × the quiet one: {'target met' if ratio <= MOST else 'target missed'}")
    return 0 if ratio <= MOST else 1


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=6)
    arguments = parser.parse_args()
    sys.exit(main(arguments.rounds, arguments.seconds))
