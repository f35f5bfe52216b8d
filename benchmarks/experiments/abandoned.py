"""Count what is carried out for clients that have left: `python -m benchmarks.experiments.abandoned`.

Starts the server as in production on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). In a round,
400 connections of one account ask for 100 notes of 4 kB, and all are closed 0.3 s later. The access log says when each
request began to run. A line of the report has the requests that

- were served before the first connection was closed;
- began before the last connection was closed, and ended after the first;
- began after the last connection was closed: wasted work;

then how long it took to close all connections, and the slowest read of another account in the next 0.2 s, each on a new
connection. Times are in milliseconds. With `--busy`, two other programs take a core each meanwhile.
"""

import asyncio
import io
import json
import os
import time
from argparse import ArgumentParser
from contextlib import ExitStack, redirect_stderr
from datetime import datetime

from benchmarks.experiments.fairness import Bystander, busy_cores, print_row, settings
from benchmarks.experiments.hammering import request
from benchmarks.experiments.priority import run_first
from notes_api.tests.live_server import PRODUCT, logged_in, scratch_database, serving

CLIENTS, NOTES = 400, 100
# Seconds: until the clients leave, how long the other account reads then, and until the log has all lines.
PATIENCE, READING, AT_MOST = 0.3, 0.2, 30
COLUMNS = ["round", "before", "meanwhile", "wasted", "closing", "read"]


def access_lines(log, start, name):
    """The lines of the requests with this id, from this byte of the log on."""
    lines = os.pread(log, 10_000_000, start).decode().splitlines()
    return [json.loads(line) for line in lines if name in line and "notes_api.access" in line]


def run_time(line):
    """When a request began to run, and when it ended, in seconds since the epoch."""
    end = datetime.fromisoformat(line["time"]).timestamp()
    return end - (line["total_ms"] - line["body_ms"] - line["queue_ms"]) / 1000, end


async def leave(port, message, polite):
    """Send all requests and disconnect; return when the first and the last connection was closed."""
    writers = []
    for _ in range(CLIENTS):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(message)
        writers.append(writer)
    await asyncio.gather(*(writer.drain() for writer in writers))
    await asyncio.sleep(PATIENCE)
    first = time.time()
    for writer in writers:
        writer.transport.abort()
    # The loop closes the sockets in its next turn.
    await asyncio.sleep(0)
    last = time.time()
    await polite.connect_until(time.monotonic() + READING)
    return first, last


def measure(server, number, headers, polite):
    name, log = f"round-{number}.", server.stderr.fileno()
    start, earlier = os.fstat(log).st_size, len(polite.times)
    message = request("GET", f"/notes?limit={NOTES}", X_Request_ID=name, **headers)
    first, last = asyncio.run(leave(server.port, message, polite))
    server.wait_until(lambda: len(access_lines(log, start, name)) == CLIENTS, seconds=AT_MOST)
    runs = [run_time(line) for line in access_lines(log, start, name) if line["message"].endswith(" 200")]
    wasted = sum(began > last for began, _ in runs)
    before = sum(ended < first for _, ended in runs)
    print_row([number, before, len(runs) - before - wasted, wasted, f"{1000 * (last - first):.0f}",
               f"{1000 * max(polite.times[earlier:]):.0f}"])  # fmt: skip


def main(arguments):
    print(settings.DATABASES["default"]["ENGINE"], "busy" if arguments.busy else "idle")
    # The server writes its log there when it ends.
    with redirect_stderr(io.StringIO()), ExitStack() as stack:
        database = stack.enter_context(scratch_database())
        options = {**PRODUCT, "LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
        server = stack.enter_context(serving(database, **options))
        mallory, alice = (stack.enter_context(logged_in(server)) for _ in range(2))
        for number in range(NOTES):
            note = {"title": f"Note {number}", "content": "some text " * 400}
            mallory.post("/notes", json=note).raise_for_status()
        flooding, reading = ({"Authorization": each.headers["Authorization"]} for each in (mallory, alice))
        polite = Bystander(server.port, request("GET", "/notes?limit=1", **reading))
        stack.enter_context(busy_cores(arguments.busy))
        run_first()
        print_row(COLUMNS)
        for number in range(1, arguments.rounds + 1):
            measure(server, number, flooding, polite)
        print("failed reads of the other account:", len(polite.failed))


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--busy", action="store_true")
    main(parser.parse_args())
