"""Load two servers with half of what they can do for an hour: `python -m benchmarks.experiments.soak`.

One server has SQLite, the other a PostgreSQL of its own; both run as in production, with two workers. First, clients
send requests to both as fast as they are served, which measures their capacity. Then each gets half of that at a fixed
rate, whether it keeps up or not: from the devices of 25 accounts, and from visitors who register and leave. 50 event
streams of each server are open, and opened again when it ends them. Each line is a minute of one server:

- its requests a second, their statuses, the median and 99th percentile of their time from the moment that they were
  due, the events;
- the medians of six samples: memory (RSS/PSS, MB), open files and threads of the master and each worker; the
  connections of PostgreSQL and the memory of their processes; the size of the database.

At the end it prints the rows of each table. It exits with 1 if, after the first minutes, the memory of a process has
grown by 5 % or more, or its files, threads or connections at all; and if a response was a 5xx.
"""

import asyncio
import logging
import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.apps import apps

from benchmarks.experiments.priority import give_priority
from benchmarks.experiments.soak.connection import Stream
from benchmarks.experiments.soak.devices import PASSWORD, Device, Visitor
from benchmarks.experiments.soak.watching import Minute, backends_of, count_rows, faults_in, stored_bytes
from notes_api.tests.cluster import running_cluster
from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import PRODUCT, Sqlite, get, migrated, serving

ACCOUNTS, DEVICES, VISITS = 25, 2, 120
# Samples of a minute.
SAMPLES = 6
LIMIT = 0.05
TOKEN = "a-token-for-the-metrics-of-this-experiment"


class Side:
    """One server with its clients."""

    def __init__(self, name, database, server, box):
        self.name, self.database, self.server, self.box = name, database, server, box
        self.devices = [
            Device(server.port, f"user{number // DEVICES}@example.com", number) for number in range(ACCOUNTS * DEVICES)
        ]
        self.counts, self.statuses, self.times = Counter(), Counter(), []
        self.failed = Counter()
        self.due = asyncio.Queue()
        self.tables = sorted(model._meta.db_table for model in apps.get_models(include_auto_created=True))
        self.minutes = []

    async def register(self):
        for device in self.devices[::DEVICES]:
            body = {"email": device.email, "password": PASSWORD}
            assert (await device.connection.send("POST", "/users", body)).status == 201
        for device in self.devices:
            assert (await device.fetch_tokens("/login", username=device.email, password=PASSWORD)).status == 200

    async def use(self, device, is_closed_loop=False):
        """Send a request for each moment at which one is due."""
        while True:
            moment = time.monotonic() if is_closed_loop else await self.due.get()
            try:
                answer = await device.act()
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed[type(error).__name__] += 1
            else:
                self.count(answer, time.monotonic() - moment)

    def count(self, answer, seconds):
        self.statuses[answer.status] += 1
        self.times.append(seconds)
        if answer.status >= 500:
            print(f"{time.strftime('%H:%M:%S')} {self.name}: {answer.status} {answer.body}", flush=True)

    async def send_at(self, rate):
        began = time.monotonic()
        for number in range(sys.maxsize):
            await asyncio.sleep(began + number / rate - time.monotonic())
            self.due.put_nowait(time.monotonic())

    async def prioritise(self):
        """Each process of PostgreSQL has a session of its own."""
        while True:
            await asyncio.to_thread(lambda: [give_priority(pid) for pid in backends_of(self.database)])
            await asyncio.sleep(2)

    async def visit(self):
        for number in range(sys.maxsize):
            await asyncio.sleep(VISITS)
            try:
                async for answer in Visitor(self.server.port, number).visit():
                    self.count(answer, 0)
            except (OSError, asyncio.IncompleteReadError) as error:
                self.failed[type(error).__name__] += 1

    async def watch(self):
        """Print a line each minute."""
        while True:
            began, minute = time.monotonic(), Minute()
            for number in range(1, SAMPLES + 1):
                await asyncio.sleep(began + 60 / SAMPLES * number - time.monotonic())
                await asyncio.to_thread(minute.add, self.server, self.database)
            headers = {"Authorization": f"Bearer {TOKEN}"}
            await asyncio.to_thread(get, f"{self.server.url}/metrics", headers=headers)
            self.minutes.append(minute.medians())
            self.print_minute(time.monotonic() - began)

    def print_minute(self, seconds):
        held, times = self.minutes[-1], quantiles(self.times, n=100)
        pids = sorted({pid for pid, _ in held if pid})
        processes = " | ".join(
            f"{held[pid, 'rss'] / 1024:.1f}/{held[pid, 'pss'] / 1024:.1f} {held[pid, 'files']:.0f} files"
            f" {held[pid, 'threads']:.0f} threads" for pid in pids
        )  # fmt: skip
        rate, statuses = len(self.times) / seconds, dict(sorted(self.statuses.items()))
        print(
            f"{len(self.minutes):3} {self.name:10} {rate:4.0f}/s {statuses}"
            f" {1000 * times[49]:.1f} {1000 * times[98]:.0f} ms, {self.counts['events']} events | {processes}"
            f" | {held[0, 'connections']:.0f} connections {held[0, 'pss'] / 1024:.0f} MB"
            f" | {stored_bytes(self.database) / 2**20:.0f} MiB, {len(self.box.mails)} mails, {dict(self.failed)}",
            flush=True,
        )
        self.times.clear()


async def measure_capacity(sides, seconds):
    """Return the requests a second that each server answers while both get as many as they can."""
    works = [side.use(device, True) for side in sides for device in side.devices[:16]]
    tasks = [asyncio.create_task(work) for work in [*works, *(side.prioritise() for side in sides)]]
    await asyncio.sleep(min(15, seconds))
    for side in sides:
        side.times.clear()
    await asyncio.sleep(seconds)
    rates = [len(side.times) / seconds for side in sides]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for side in sides:
        print(f"{side.name}: {len(side.times) / seconds:.0f} requests a second, {dict(side.statuses)}", flush=True)
        side.times.clear()
        side.statuses.clear()
    return rates


async def soak(sides, options):
    for side in sides:
        await side.register()
    rates = [options.share * rate for rate in await measure_capacity(sides, options.capacity_seconds)]
    before = [count_rows(side.database, side.tables) for side in sides]
    tasks = []
    for side, rate in zip(sides, rates, strict=True):
        streams = [Stream(side.server.port, device, side.counts) for device in side.devices]
        works = [
            *(side.use(device) for device in side.devices),
            *(stream.follow(number / 5) for number, stream in enumerate(streams)),
        ]
        works += [side.send_at(rate), side.visit(), side.watch(), side.prioritise()]
        tasks += [asyncio.create_task(work) for work in works]
    print(f"rates: {[round(rate) for rate in rates]}", flush=True)
    # If one of them ends, it has failed.
    done, _ = await asyncio.wait(tasks, timeout=60 * options.minutes + 2, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [report(side, rows, options) for side, rows in zip(sides, before, strict=True)]


def report(side, before, options):
    """Print what has changed, and return whether it is as promised."""
    print(f"\n{side.name}: {dict(side.statuses)}, {dict(side.counts)}, {dict(side.failed)}, left {side.due.qsize()}")
    for table, count in count_rows(side.database, side.tables).items():
        print(f"  {table:32} {before[table]:8} {count:8}")
    faults = faults_in(side.minutes, options.warm_up, LIMIT)
    if errors := {status: count for status, count in side.statuses.items() if status >= 500}:
        faults.append(f"The server sent {errors}.")
    if side.failed:
        faults.append(f"Connections failed: {dict(side.failed)}.")
    print("\n".join(faults) or "As promised.", flush=True)
    return not faults


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--warm-up", type=int, default=5, help="minutes that are not judged (default: %(default)s)")
    parser.add_argument("--capacity-seconds", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--share", type=float, default=0.5, help="of the capacity (default: %(default)s)")
    options = parser.parse_args()
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with ExitStack() as stack:
        enter = stack.enter_context
        directory = enter(tempfile.TemporaryDirectory())
        cluster = enter(running_cluster())
        databases = {"SQLite": Sqlite(Path(directory, "notes.sqlite3")), "PostgreSQL": cluster.database}
        sides = []
        for name, database in databases.items():
            box = enter(postbox())
            variables = {**PRODUCT, "LOG_LEVEL": "WARNING", "METRICS_TOKEN": TOKEN, "EMAIL_URL": box.url,
                         "THROTTLE_LOGIN": "10/15m", "THROTTLE_REGISTER": "20/1h", "THROTTLE_MAIL": "5/1h"}  # fmt: skip
            sides.append(Side(name, database, enter(serving(migrated(database), **variables)), box))
        for pid in (os.getpid(), cluster.process.pid, *(side.server.process.pid for side in sides)):
            give_priority(pid)
        results = asyncio.run(soak(sides, options))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
