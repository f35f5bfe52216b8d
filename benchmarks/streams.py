"""A thousand idle event streams on one process: `python -m benchmarks.streams`.

Serves the product with one worker on a database of its own (PostgreSQL where DATABASE_HOSTNAME names one, else
SQLite), opens 200 accounts with 5 streams each, and prints what they cost and how soon they ring.
"""

import asyncio
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

from benchmarks.listening import Crowd, Listener
from notes_api.tests.serving import PASSWORD, scratch_database, serving

STREAMS_PER_USER = 5


def worker_of(server):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=True
    )
    return int(listed.stdout.split()[0])


def memory_of(pid):
    """Kilobytes that the process really holds."""
    with Path(f"/proc/{pid}/smaps_rollup").open() as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def connections_of(database):
    if not hasattr(database, "name"):
        return 0
    return database.query("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'notes_api'"
                          f" AND datname = '{database.name}'")[0][0]  # fmt: skip


def log_in(server, number):
    """A new account; its token."""
    email = f"user{number}@example.com"
    with httpx.Client(base_url=server.url, timeout=60) as client:
        client.post("/users", json={"email": email, "password": PASSWORD}).raise_for_status()
        return client.post("/login", data={"username": email, "password": PASSWORD}).json()["access_token"]


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def milliseconds(times):
    return f"median {1000 * statistics.median(times):.0f} ms, p99 {1000 * percentile(times, 0.99):.0f} ms"


async def requests(server, tokens, seconds):
    """Seconds of each ordinary request, eight clients reading and writing in turn."""
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


async def rings(server, crowd, rounds):
    """Seconds from before a write to its event, for each of the writer's streams."""
    times = []
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        for number in range(rounds):
            token = crowd.tokens[(8 + number) % len(crowd.tokens)]
            heard = asyncio.gather(*(listener.event() for listener in crowd.listeners[token]))
            began = time.monotonic()
            await client.post("/notes", json={"title": "Milk"}, headers={"Authorization": f"Bearer {token}"})
            times += [moment - began for moment in await asyncio.wait_for(heard, 30)]
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
    yield "from write to event", milliseconds(await rings(server, crowd, 40))
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
