"""Measure what other users notice of one client that sends too much: `python -m benchmarks.experiments.fairness`.

Starts the server as in production on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). wrk floods
it over many connections with the token of one account. Meanwhile another account reads and writes, and a probe asks
for /livez. Each line of the report is one flood:

- the responses that the flooding account got in a second, and how many of its requests were refused in a second;
- the median, the p99 and the slowest read of the other account, its slowest write, and how many of both failed;
- the slowest /livez, each on a new connection, and the time until the flooding account itself is served again
  after the flood.

Times are in milliseconds. `--busy` runs two programs meanwhile that take a core each; with `--share` as well, the
server's processes get nine times the share of a core that others have. On Linux, root can give the other account's
client a core whenever it needs one, so that only the server's part is measured; wrk competes with the server.
"""

import asyncio
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from django.conf import settings

from benchmarks.experiments.hammering import read_status, request
from benchmarks.experiments.priority import give_share, run_first

logging.getLogger("httpx").setLevel(logging.WARNING)
from notes_api.tests.live_server import PRODUCT, logged_in, scratch_database, serving

NOTES = 5_000
WORDS = [
    "milk",
    "bread",
    "eggs",
    "flour",
    "butter",
    "honey",
    "apples",
    "pears",
    "tea",
    "coffee",
    "salt",
    "rice",
    "oats",
]
PAUSE = 0.02
COLUMNS = ["load", "clients", "good/s", "refused/s", "median", "p99", "read", "write", "/livez", "recovery", "errors",
           "failed"]  # fmt: skip
LOADS = {
    "reads": ("GET", "/notes?limit=20", ""),
    "writes": ("POST", "/notes", '{"title": "Milk", "content": "two litres"}'),
    "searches": ("GET", "/notes?q=milk+honey", ""),
    "tags": ("GET", "/notes?" + "&".join(f"tag=tag{number}" for number in range(49)), ""),
    "counts": ("GET", "/notes?count=true&limit=1&q=tea", ""),
}


@dataclass
class Bystander:
    """The other account's requests: the seconds that each took, and the statuses of those that failed."""

    port: int
    message: bytes
    pause: float = PAUSE
    times: list[float] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)

    async def send_until(self, end: float) -> None:
        """Send requests on one connection, which is opened now."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while time.monotonic() < end:
            await self.send(reader, writer)
            await asyncio.sleep(self.pause)
        writer.close()

    async def connect_until(self, end: float) -> None:
        """Send each request on a connection of its own."""
        while (began := time.monotonic()) < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            await self.send(reader, writer, began)
            writer.close()
            await asyncio.sleep(self.pause)

    async def send(self, reader, writer, began=None):
        began = began or time.monotonic()
        writer.write(self.message)
        if (status := await read_status(reader)) >= 300:
            self.failed.append(status)
        self.times.append(time.monotonic() - began)


def start_flood(port: int, token: str, load: str, connections: int, seconds: int) -> subprocess.Popen[str]:
    program = shutil.which("wrk") or sys.exit("wrk is not installed: apt-get install wrk, or brew install wrk.")
    command = [program, "--threads=2", f"--connections={connections}", f"--duration={seconds}s", "--timeout=60s",
               f"--script={Path(__file__).with_name('flood.lua')}", f"http://127.0.0.1:{port}", "--",
               LOADS[load][0], LOADS[load][1], token, LOADS[load][2]]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


async def measure(port, mallory, alice, load, connections, seconds):
    """Flood, and return the line of the report."""
    headers = {"Authorization": f"Bearer {alice}"}
    body = json.dumps({"title": "Bread"}).encode()
    reads = Bystander(port, request("GET", "/notes?limit=20", **headers))
    writes = Bystander(port, request("POST", "/notes", body, Content_Type="application/json", **headers), 10 * PAUSE)
    probe = Bystander(port, request("GET", "/livez"), 5 * PAUSE)
    end = time.monotonic() + seconds
    tasks = [asyncio.create_task(each) for each in (reads.send_until(end), writes.send_until(end))]
    await asyncio.sleep(0.1)
    flood = start_flood(port, mallory, load, connections, seconds)
    await asyncio.gather(*tasks, probe.connect_until(end))
    output = await asyncio.to_thread(lambda: flood.communicate()[0])
    began = time.monotonic()
    await Bystander(port, request("GET", "/notes?limit=20", Authorization=f"Bearer {mallory}")).send_until(began + 1e-3)
    recovery = time.monotonic() - began
    flooded = json.loads(output.strip().rpartition("\n")[2])
    rates = [flooded[name] / flooded["seconds"] for name in ("good", "refused")]
    percent = statistics.quantiles([*reads.times, *reads.times[:1]], n=100)
    seconds = [percent[49], percent[98], max(reads.times), max(writes.times), max(probe.times), recovery]
    errors = [flooded["other"] + flooded["lost"], len(reads.failed) + len(writes.failed)]
    print_row(
        [load, connections, *(f"{rate:.0f}" for rate in rates), *(f"{1000 * time:.0f}" for time in seconds), *errors]
    )


def print_row(cells):
    print("".join(f"{cell:>10}" for cell in cells), flush=True)


def make_notes(client, number):
    for first in range(0, number, 100):
        operations = [{"op": "create", "note": make_note(each)} for each in range(first, first + 100)]
        client.post("/notes/batch", json={"operations": operations}).raise_for_status()


def make_note(number):
    words = [WORDS[number * step % len(WORDS)] for step in range(1, 80)]
    tags = {f"tag{number % 60}", f"tag{number * 7 % 60}"}
    return {"title": f"{words[0]} {number}", "content": " ".join(words), "tags": sorted(tags)}


@contextmanager
def busy_cores(is_busy):
    programs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 if is_busy else 0)]
    try:
        yield
    finally:
        for program in programs:
            program.kill()


def main(arguments):
    print(f"{settings.DATABASES['default']['ENGINE']}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with ExitStack() as stack:
        database = stack.enter_context(scratch_database())
        server = stack.enter_context(serving(database, **PRODUCT))
        mallory, alice = (stack.enter_context(logged_in(server)) for _ in range(2))
        make_notes(mallory, arguments.notes)
        make_notes(alice, 100)
        stack.enter_context(busy_cores(arguments.busy))
        run_first()
        if arguments.share:
            give_share(server.process.pid)
        tokens = [client.tokens["access_token"] for client in (mallory, alice)]
        print_row(COLUMNS)
        for load in arguments.loads:
            for connections in arguments.connections:
                asyncio.run(measure(server.port, *tokens, load, connections, arguments.seconds))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--notes", type=int, default=NOTES)
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 512, 2000])
    parser.add_argument("--loads", nargs="+", default=["reads", "writes", "searches", "tags"], choices=LOADS)
    parser.add_argument("--busy", action="store_true")
    parser.add_argument("--share", action="store_true")
    main(parser.parse_args())
