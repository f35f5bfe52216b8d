"""What a tool call costs, compared with its request to the API: CPU of the worker and of the PostgreSQL backend.

python -m benchmarks.experiments.tool_calls

On SQLite, or on PostgreSQL if DATABASE_HOSTNAME is set. One worker and one connection. The two send blocks of requests
in turn, so that both see the same machine. `--rounds` and `--block` set how many.
"""

import argparse
import http.client
import itertools
import json
import os
import statistics
import sys
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")

NOTES, CONTENT = 200, "a line of text\n" * 60
VERSION = "2026-07-28"
METADATA = {
    "io.modelcontextprotocol/protocolVersion": VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "experiment", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


class Connection:
    def __init__(self, server, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, method, path, body=None, **headers):
        data = None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, data, {**self.headers, **named})
        response = self.connection.getresponse()
        content = response.read()
        if response.status >= 400 or b'"isError":true' in content:
            raise RuntimeError(content[:300])
        return content

    def call(self, tool, **arguments):
        params = {"name": tool, "arguments": arguments, "_meta": METADATA}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        headers = {"MCP_Protocol_Version": VERSION, "Mcp_Method": "tools/call", "Mcp_Name": tool}
        return self.send("POST", "/mcp", body, Accept="application/json, text/event-stream", **headers)


class Pairs:
    """Each pair sends the same operation through the API and through a tool."""

    def __init__(self, connection):
        self.connection = connection
        for number in range(NOTES):
            created = json.loads(connection.send("POST", "/notes", {"title": f"Note {number}", "content": CONTENT}))
        self.id, self.version = created["id"], created["version"]
        self.words = itertools.count()

    def read(self):
        send, call = self.connection.send, self.connection.call
        return lambda: send("GET", f"/notes/{self.id}"), lambda: call("read_note", id=self.id)

    def list(self):
        send, call = self.connection.send, self.connection.call
        return lambda: send("GET", "/notes?limit=20"), lambda: call("list_notes", limit=20)

    def search(self):
        send, call = self.connection.send, self.connection.call
        query = "/notes?q=line&limit=20&fields=id,title,tags,is_pinned,is_archived,version,updated_at,match"
        return lambda: send("GET", query), lambda: call("search_notes", q="line", limit=20)

    def create(self):
        send, call = self.connection.send, self.connection.call
        body = {"title": "New", "content": CONTENT}
        return lambda: send("POST", "/notes", body), lambda: call("create_note", **body)

    def edit(self):
        send, call = self.connection.send, self.connection.call
        body = {"title": "Edited", "content": f"word 0\n{CONTENT}"}
        note = json.loads(send("POST", "/notes", body))
        state = {"version": note["version"], "word": 0}

        def edits():
            state["word"] += 1
            return [{"old": f"word {state['word'] - 1}\n", "new": f"word {state['word']}\n"}]

        def by_api():
            path, tag = f"/notes/{note['id']}/edit", f'"{state["version"]}"'
            state["version"] = json.loads(send("POST", path, {"edits": edits()}, If_Match=tag))["version"]

        def by_tool():
            result = json.loads(call("edit_note", id=note["id"], version=state["version"], edits=edits()))["result"]
            state["version"] = result["structuredContent"]["version"]

        return by_api, by_tool


def cpu_of(pids):
    """Return the CPU seconds of all threads of these processes, to the nanosecond."""
    tasks = (task for pid in pids for task in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(int(task.read_text(encoding="ascii").split()[0]) for task in tasks) / 1e9


def measure(pids, send, block):
    before = cpu_of(pids)
    for _ in range(block):
        send()
    time.sleep(0.05)
    return (cpu_of(pids) - before) / block * 1e6


def compare(meter, sides, rounds, block):
    """Return the medians of both sides, and the lowest and highest ratio of a round."""
    from notes_api.tests.cost.meter import BACKENDS  # noqa: PLC0415  # needs the settings

    for send in sides:
        measure(meter.workers, send, block)
    backends = [row[0] for row in meter.connection.execute(BACKENDS)] if meter.connection else []
    pids = [*meter.workers, *backends]
    found = [[measure(pids, send, block) for send in sides] for _ in range(rounds)]
    ratios = [mine / theirs for theirs, mine in found]
    return *(statistics.median(each) for each in zip(*found, strict=True)), min(ratios), max(ratios)


def main(rounds, block):
    from notes_api.tests.cost.meter import metering, resident  # noqa: PLC0415  # needs the settings
    from notes_api.tests.live_server import logged_in, scratch_database, serving  # noqa: PLC0415

    with (
        scratch_database() as database,
        serving(database, DJANGO_SETTINGS_MODULE="notes_api.settings", LOG_LEVEL="ERROR") as server,
        logged_in(server) as client,
        metering(server, database) as meter,
    ):
        pairs = Pairs(Connection(server, client.tokens["access_token"]))
        (worker,) = meter.workers
        before = resident(worker, "VmRSS")
        for name in ("read", "list", "search", "create", "edit"):
            api, tool, lowest, highest = compare(meter, getattr(pairs, name)(), rounds, block)
            sys.stdout.write(f"{name:8} {api:8.0f} {tool:8.0f} {tool / api:6.2f}  {lowest:.2f} to {highest:.2f}\n")
        sys.stdout.write(f"worker: {before:.1f} MiB before, {resident(worker, 'VmRSS'):.1f} MiB after\n")


if __name__ == "__main__":
    django.setup()
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--block", type=int, default=200)
    arguments = parser.parse_args()
    main(arguments.rounds, arguments.block)
