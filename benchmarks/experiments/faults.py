"""Let the database fail under a load of writes: `python -m benchmarks.experiments.faults`.

Starts the server as in production, on a new database. With DATABASE_HOSTNAME set this is a PostgreSQL of its own, which
is stopped, frozen and robbed of its processes in turn. Otherwise it is SQLite, whose writes and syncs are made to fail
by a small library (`failing_disk.c`, which needs a C compiler): each of them, and each n-th. At last HUP replaces the
workers. One line for each fault says:

- what four writers were answered during the fault, and the slowest response;
- the time from the end of the fault until every writer has been served again;
- how many acknowledged writes are missing at the end.

Ends with status 1 if an answer is not one of 200, 201, 503 and 507 or came later than REQUEST_TIMEOUT + 0.5 s, if a
writer waits longer than a second after the fault, or if a write is missing.
"""

import errno
import logging
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.conf import settings

from notes_api.tests.cluster import running_cluster
from notes_api.tests.live_server import Sqlite, migrated, serving
from notes_api.tests.test_product_restarts import Load, Writer

TIMEOUT = {"sqlite": 25, "postgresql": 5}
BEFORE, AFTER = 1.0, 3.0
# Seconds between two attempts of a writer that was refused.
PAUSE = 0.05


class TimedWriter(Writer):
    """Remembers when each response arrived, what it was, and how long it took."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.responses = []

    def send(self, method, path, body, expected):
        began, before = time.monotonic(), Counter(self.heard)
        note = super().send(method, path, body, expected)
        [answer] = self.heard - before
        self.responses.append((time.monotonic(), answer, time.monotonic() - began))
        if note is None:
            time.sleep(PAUSE)
        return note


class TimedLoad(Load):
    writer_class = TimedWriter


class FailingDisk:
    """The library and its switch."""

    def __init__(self, directory):
        self.library, self.switch = Path(directory, "failing_disk.so"), Path(directory, "faults")
        source = Path(__file__).with_name("failing_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", self.library, source, "-ldl"], check=True)
        self.switch.write_bytes(bytes(16))
        with self.switch.open("r+b") as file:
            self.state = mmap.mmap(file.fileno(), 16)

    @contextmanager
    def fault(self, writes=0, syncs=0, error=errno.EIO):
        self.state[:16] = struct.pack("iiii", writes, syncs, error, 0)
        yield
        self.state[:16] = bytes(16)

    def faults(self):
        yield "the disk is full", lambda: self.fault(writes=1, error=errno.ENOSPC)
        for name, interval in {"each": 1, "each 2nd": 2, "each 7th": 7}.items():
            yield f"{name} write fails", lambda interval=interval: self.fault(writes=interval)
            yield f"{name} sync fails", lambda interval=interval: self.fault(syncs=interval)


@contextmanager
def reload(server):
    """Not a fault, but no different: HUP replaces the workers."""
    server.signal(signal.SIGHUP)
    yield


@contextmanager
def stopped(cluster):
    cluster.stop()
    yield
    cluster.start()


@contextmanager
def frozen(cluster):
    cluster.freeze()
    yield
    cluster.thaw()


@contextmanager
def without_processes(cluster):
    """Kill the processes that serve connections, again and again."""
    has_ended = threading.Event()
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'notes_api'"

    def kill():
        while not has_ended.wait(0.1):
            cluster.database.query(query)

    thread = threading.Thread(target=kill)
    thread.start()
    yield
    has_ended.set()
    thread.join()


def measure(server, name, fault, seconds, limit):
    """Run one fault under load, print its line, and return whether everything is as promised."""
    with TimedLoad(server, True, True, True, False) as load:
        time.sleep(BEFORE)
        began = time.monotonic()
        with fault():
            time.sleep(seconds)
        ended = time.monotonic()
        time.sleep(AFTER)
        load.end()
        responses = [response for writer in load.writers for response in writer.responses]
        during = Counter(answer for at, answer, _ in responses if began <= at <= ended)
        slowest = max((took for at, _, took in responses if at >= began), default=0.0)
        served = [first_success(writer, ended) for writer in load.writers]
        missing = len(load.missing())
    statuses = {answer for _, answer, _ in responses}
    as_promised = statuses <= {200, 201, 503, 507} and slowest < limit and max(served) <= 1 and not missing
    print(
        f"{name:24} {dict(sorted(during.items(), key=str))}, slowest {slowest:.2f} s, served again after"
        f" {max(served):.2f} s, missing {missing}{'' if as_promised else '  NOT AS PROMISED'}",
        flush=True,
    )
    return as_promised


def first_success(writer, moment):
    times = [at - moment for at, answer, _ in writer.responses if at > moment and answer in (200, 201)]
    return min(times, default=float("inf"))


@contextmanager
def databases():
    """Yield a database, the variables of its server, and its faults."""
    if settings.DATABASE_HOSTNAME:
        with running_cluster() as cluster:
            faults = {"stopped": stopped, "frozen": frozen, "its processes killed": without_processes}
            named = [(name, lambda fault=fault: fault(cluster)) for name, fault in faults.items()]
            yield migrated(cluster.database), {}, named
    else:
        with tempfile.TemporaryDirectory() as directory:
            disk = FailingDisk(directory)
            variables = {"LD_PRELOAD": str(disk.library), "FAULT_FILE": str(disk.switch)}
            yield migrated(Sqlite(Path(directory, "notes.sqlite3"))), variables, list(disk.faults())


def main():
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="of each fault (default: %(default)s)")
    seconds = parser.parse_args().seconds
    logging.getLogger("httpx").setLevel(logging.WARNING)
    limit = TIMEOUT["postgresql" if settings.DATABASE_HOSTNAME else "sqlite"] + 0.5
    with (
        databases() as (database, variables, faults),
        serving(database, WEB_CONCURRENCY="2", REQUEST_TIMEOUT="", LOG_LEVEL="ERROR", **variables) as server,
    ):
        results = [measure(server, name, fault, seconds, limit) for name, fault in faults]
        results.append(measure(server, "workers replaced (HUP)", lambda: reload(server), seconds, limit))
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
