"""Measure a thousand idle event streams on one process: `python -m benchmarks.experiments.streams`.

Starts a server with one worker on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite), makes 200
accounts with 5 streams each, and prints their cost and how soon events arrive.
"""

import asyncio
import logging
import os
import resource
import statistics
import subprocess
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

import httpx

from benchmarks.experiments.listening import Crowd, Listener
from notes_api.tests.live_server import PASSWORD, scratch_database, serving

logging.getLogger("httpx").setLevel(logging.WARNING)

STREAMS_PER_USER = 5


def worker_of(server):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=True
    )
    return int(listed.stdout.split()[0])


def memory_of(pid):
    """Return the proportional set size of the process in kilobytes."""
    with Path(f"/proc/{pid}/smaps_rollup").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def connections_of(database):
    if not hasattr(database, "name"):
        return 0
    return database.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'notes_api'"
                          f" AND datname = '{database.name}'")[0][0]  # fmt: skip


def log_in(server, number):
    """Make an account and return its access token."""
    email = f"user{number}@example.com"
    with httpx.Client(base_url=server.url, timeout=60) as client:
        client.post("/users", json={"email": email, "password": PASSWORD}).raise_for_status()
        return client.post("/login", data={"username": email, "password": PASSWORD}).json()["access_token"]


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def milliseconds(times):
    return f"median {1000 * statistics.median(times):.0f} ms, p99 {1000 * percentile(times, 0.99):.0f} ms"


async def requests(server, tokens, seconds):
    """Run eight clients that write and read in turn; return the seconds of each request."""
    times = []
    end = time.monotonic() + seconds

    async def visit(number):
        headers = {"Authorization": f"Bearer {tokens[number]}"}
        async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as client:
            while time.monotonic() < end:
                for method, path, body in (("POST", "/notes", {"title": "Milk"}), ("GET", "/notes", None)):
                    began = time.monotonic()
                    (await client.request(method, path, json=body)).raise_for_status()
                    times.append(time.monotonic() - began)
                    await asyncio.sleep(0.05)

    await asyncio.gather(*(visit(number) for number in range(8)))
    return times


async def event_delays(server, crowd, rounds):
    """Return the seconds from before a write to its event, for each of the writer's streams."""
    times = []
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        for number in range(rounds):
            token = crowd.tokens[(8 + number) % len(crowd.tokens)]
            events = asyncio.gather(*(listener.event() for listener in crowd.listeners[token]))
            began = time.monotonic()
            await client.post("/notes", json={"title": "Milk"}, headers={"Authorization": f"Bearer {token}"})
            times += [moment - began for moment in await asyncio.wait_for(events, 30)]
    return times


async def measure(server, database, tokens, seconds):
    pid = worker_of(server)
    await requests(server, tokens, 3)
    quiet = await requests(server, tokens, seconds)
    base, before = memory_of(pid), connections_of(database)
    crowd = Crowd(server, tokens)
    began = time.monotonic()
    await crowd.open(STREAMS_PER_USER)
    yield "streams open", f"{crowd.size} in {time.monotonic() - began:.1f} s"
    sixth = await Listener.open(server, tokens[0])
    yield "one more of a user", sixth.status
    sixth.close()
    await crowd.settle()
    yield "memory of a stream", f"{(memory_of(pid) - base) / crowd.size:.1f} kB above {base / 1024:.0f} MB"
    yield "database connections", f"{connections_of(database) - before:+} beside {before}"
    yield "requests without streams", milliseconds(quiet)
    yield "requests beside them", milliseconds(await requests(server, tokens, seconds))
    yield "memory after that", f"{(memory_of(pid) - base) / crowd.size:.1f} kB a stream"
    yield "from write to event", milliseconds(await event_delays(server, crowd, 40))
    began = time.monotonic()
    server.process.terminate()
    await crowd.ended()
    yield "all ended after SIGTERM", f"{time.monotonic() - began:.1f} s"
    await asyncio.to_thread(server.process.wait)
    yield "process ended", f"{time.monotonic() - began:.1f} s"


async def main(users, seconds):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192) if most > 0 else 8192, most))
    with scratch_database() as database, serving(database, WEB_CONCURRENCY="1") as server:
        with ThreadPoolExecutor(4) as threads:
            tokens = list(threads.map(lambda number: log_in(server, number), range(users)))
        print(f"{settings.DATABASES['default']['ENGINE']}, {users} users, one process")
        async for name, value in measure(server, database, tokens, seconds):
            print(f"{name:28} {value}", flush=True)


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.users, arguments.seconds))
