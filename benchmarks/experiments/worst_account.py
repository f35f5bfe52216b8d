"""Measure what other users notice of the worst that one account may do.

`python -m benchmarks.experiments.worst_account`

Starts the server as in production on a new database (PostgreSQL if DATABASE_HOSTNAME is set, else SQLite). While one
account does each of these, another one reads and writes, and a probe asks for /livez, each time on a new connection:

- rename: renames a tag of 50,000 notes to and fro;
- batches: sends batches of 16 MiB over four connections;
- erase: erases itself with 50,000 notes;
- log-ins: logs in over 64 connections;
- streams: 50 accounts have 5 event streams each and write all the time;
- stuck: not one account but the database: it is locked, so that every thread waits, and two accounts write over 2,000
  connections. Only /livez is measured.

Each line has what was done, how often in a second, and the slowest of it; the median, the p99 and the slowest of the
other account's reads, and its slowest write; the slowest /livez; how long a read of the other account took right after
the end (`recovery`); and the statuses of failed requests. Times are in milliseconds. `--busy` runs two programs
meanwhile that take a core each.
"""

import asyncio
import json
import statistics
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace

from benchmarks.experiments import erasure
from benchmarks.experiments.fairness import PAUSE, Bystander, busy_cores, make_notes, print_row, settings, start_flood
from benchmarks.experiments.hammering import read_status, request
from benchmarks.experiments.priority import run_first
from notes_api.tests.live_server import PASSWORD, PRODUCT, logged_in, scratch_database, serving

COLUMNS = ["load", "done", "per second", "slowest", "median", "p99", "read", "write", "/livez", "recovery", "failed"]
JSON = {"Content_Type": "application/json"}
BATCH_NOTES, CONTENT_BYTES = 15, 1024 * 1024


class Attacker:
    """Sends requests one after the other on each of its connections, and counts the responses."""

    def __init__(self, port):
        self.port = port
        self.statuses = Counter()
        self.times = []

    async def repeat(self, messages, end):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        number = 0
        while time.monotonic() < end:
            await self.send(reader, writer, messages[number % len(messages)])
            number += 1
        writer.close()

    async def send(self, reader, writer, message):
        began = time.monotonic()
        writer.write(message)
        self.statuses[await read_status(reader)] += 1
        self.times.append(time.monotonic() - began)

    async def once(self, message):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        await self.send(reader, writer, message)
        writer.close()

    async def listen(self, message, end):
        """Read an event stream until the end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        self.statuses[int(head.split()[1])] += 1
        try:
            async with asyncio.timeout(max(0.0, end - time.monotonic())):
                while await reader.read(65536):
                    pass
        except TimeoutError:
            writer.close()


def bearer(client):
    return {"Authorization": client.headers["Authorization"]}


def large_account(database, stack, server, notes):
    """Return the client of a new account with this many notes, which all have the tag `a`."""
    client = stack.enter_context(logged_in(server))
    note = {"title": "Milk", "content": "two litres of milk " * 20, "tags": ["a", "b"]}
    address = client.post("/notes", json=note).headers["Location"]
    client.patch(address, json={"content": "two litres of Milk " * 20}).raise_for_status()
    erasure.fill(database, client, notes)
    owner = f"(SELECT id FROM accounts_user WHERE email = '{client.email}')"
    database.query(f"UPDATE notes_tagcount SET notes = {notes} WHERE owner_id = {owner}")
    database.query(f"UPDATE accounts_clock SET value = {notes + 100} WHERE user_id = {owner}")
    return client


def rename(context, attacker):
    client = large_account(context.database, context.stack, context.server, context.notes)
    there, back = (
        request("PATCH", f"/tags/{old}", json.dumps({"name": new}).encode(), **JSON, **bearer(client))
        for old, new in (("a", "renamed"), ("renamed", "a"))
    )
    return lambda end: [attacker.repeat([there, back], end)]


def batches(context, attacker):
    client = context.stack.enter_context(logged_in(context.server))
    operations = [{"op": "create", "note": {"title": "Milk", "content": "milk and honey " * (CONTENT_BYTES // 15)}}]
    body = json.dumps({"operations": operations * BATCH_NOTES}).encode()
    message = request("POST", "/notes/batch", body, **JSON, **bearer(client))
    return lambda end: [attacker.repeat([message], end) for _ in range(4)]


def erase(context, attacker):
    client = large_account(context.database, context.stack, context.server, context.notes)
    body = json.dumps({"password": PASSWORD}).encode()
    message = request("POST", "/users/me/erase", body, **JSON, **bearer(client))
    return lambda _: [attacker.once(message)]


def log_ins(context, attacker):
    client = context.stack.enter_context(logged_in(context.server))
    body = f"username={client.email}&password={PASSWORD}".replace(" ", "+").encode()
    message = request("POST", "/login", body, Content_Type="application/x-www-form-urlencoded")
    return lambda end: [attacker.repeat([message], end) for _ in range(64)]


def streams(context, attacker):
    clients = [context.stack.enter_context(logged_in(context.server)) for _ in range(50)]
    listening = [request("GET", "/changes/stream", **bearer(client)) for client in clients for _ in range(5)]
    writing = [request("POST", "/notes", b'{"title": "Milk"}', **JSON, **bearer(client)) for client in clients]
    return lambda end: [
        *(attacker.listen(message, end) for message in listening),
        *(attacker.repeat([message], end) for message in writing),
    ]


@contextmanager
def locked(database):
    """Let every write wait; on PostgreSQL reads too."""
    with database.transaction() as execute:
        execute("LOCK TABLE notes_note" if settings.DATABASE_HOSTNAME else "SELECT 1")
        yield


async def measure_stuck(context, name):
    port = context.server.port
    probe = Bystander(port, request("GET", "/livez"), 5 * PAUSE)
    mallory = context.stack.enter_context(logged_in(context.server))
    with locked(context.database):
        floods = [
            start_flood(port, client.tokens["access_token"], "writes", connections, context.seconds)
            for client, connections in ((mallory, 1_500), (context.alice, 500))
        ]
        await probe.connect_until(time.monotonic() + context.seconds)
    for flood in floods:
        flood.kill()
    print_row([name, *["-"] * 7, f"{1000 * max(probe.times):.0f}", "-", dict(Counter(probe.failed)) or 0])


LOADS = {"rename": rename, "batches": batches, "erase": erase, "log-ins": log_ins, "streams": streams, "stuck": None}


async def measure(context, name, attacker, start):
    headers = bearer(context.alice)
    port, body = context.server.port, json.dumps({"title": "Bread"}).encode()
    reads = Bystander(port, request("GET", "/notes?limit=20", **headers))
    writes = Bystander(port, request("POST", "/notes", body, **JSON, **headers), 10 * PAUSE)
    probe = Bystander(port, request("GET", "/livez"), 5 * PAUSE)
    began = time.monotonic()
    end = began + context.seconds
    others = [reads.send_until(end), writes.send_until(end), probe.connect_until(end)]
    await asyncio.gather(*others, *start(end))
    seconds = time.monotonic() - began
    recovering = time.monotonic()
    await Bystander(port, reads.message).send_until(recovering + 1e-3)
    recovery = time.monotonic() - recovering
    percent = statistics.quantiles([*reads.times, *reads.times[:1]], n=100)
    times = [max(attacker.times, default=0.0), percent[49], percent[98], max(reads.times), max(writes.times),
             max(probe.times), recovery]  # fmt: skip
    done = " ".join(f"{number}x{status}" for status, number in sorted(attacker.statuses.items()))
    rate = f"{sum(attacker.statuses.values()) / seconds:.1f}"
    failed = dict(Counter([*reads.failed, *writes.failed, *probe.failed])) or 0
    print_row([name, done, rate, *(f"{1000 * each:.0f}" for each in times), failed])


def main(arguments):
    print(settings.DATABASES["default"]["ENGINE"], "busy" if arguments.busy else "idle")
    with ExitStack() as stack:
        database = stack.enter_context(scratch_database())
        server = stack.enter_context(serving(database, **PRODUCT, **throttles()))
        alice = stack.enter_context(logged_in(server))
        make_notes(alice, 100)
        context = SimpleNamespace(
            database=database, stack=stack, server=server, alice=alice, notes=arguments.notes, seconds=arguments.seconds
        )
        run_first()
        print_row(COLUMNS)
        for name in arguments.loads:
            attacker = Attacker(server.port)
            start = LOADS[name] and LOADS[name](context, attacker)
            with busy_cores(arguments.busy):
                asyncio.run(measure(context, name, attacker, start) if start else measure_stuck(context, name))


def throttles():
    """Without limits on log-ins and registrations, of which the loads need many."""
    return {"THROTTLE_LOGIN": "", "THROTTLE_REGISTER": ""}


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--notes", type=int, default=50_000)
    parser.add_argument("--loads", nargs="+", default=list(LOADS), choices=LOADS)
    parser.add_argument("--busy", action="store_true")
    main(parser.parse_args())
