"""Measures every hostile request and writes a table of docs/security/cost.md.

`make cost` measures on SQLite, or on PostgreSQL if DATABASE_HOSTNAME is set, and replaces the table of that database.
`make cost ARGS=createNote` only prints the rows of the operations that are named.
"""

import logging
import re
import sys

from django.conf import settings

from notes_api.tests.cost.account import Account
from notes_api.tests.cost.bounds import measured
from notes_api.tests.cost.hostile import hostile_requests
from notes_api.tests.cost.meter import metering
from notes_api.tests.cost.operations import operations
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import scratch_database, serving

PAGE = ROOT / "docs/security/cost.md"
HEAD = """
| operation | requests | most CPU | s | most memory | MiB |
|---|---:|---|---:|---|---:|
"""


def rows(names):
    """Yield the row of each operation: the requests that take most CPU and most memory."""
    variables = {"WEB_CONCURRENCY": "1", "DJANGO_SETTINGS_MODULE": "notes_api.settings"}
    with (
        scratch_database() as database,
        serving(database, **variables) as server,
        metering(server, database) as meter,
    ):
        account = Account(server)
        account.fill(100, 64 * 1024)
        for operation in operations():
            if not names or operation.name in names:
                yield row(account, meter, operation)
        account.close()


def row(account, meter, operation):
    costs = {}
    for hostile in hostile_requests(operation, operation.body_limit):
        _, cost, excess = measured(account, meter, operation, hostile)
        costs[hostile.name] = cost
        if excess:
            sys.stderr.write(f"{excess}\n")
    slowest = max(costs, key=lambda name: costs[name].cpu)
    largest = max(costs, key=lambda name: costs[name].memory)
    cpu, memory = costs[slowest].cpu, costs[largest].memory
    text = f"| `{operation.name}` | {len(costs)} | {slowest} | {cpu:.2f} | {largest} | {memory:.0f} |\n"
    sys.stdout.write(text)
    sys.stdout.flush()
    return text


def main(names):
    # httpx logs each request.
    logging.disable(logging.INFO)
    table = "".join(rows(names))
    if names:
        return
    database = "PostgreSQL" if settings.DATABASE_HOSTNAME else "SQLite"
    page = PAGE.read_text(encoding="utf-8")
    section = re.compile(rf"(?<=^### {database}\n)(?:(?!#).*\n)*", re.MULTILINE)
    PAGE.write_text(section.sub(lambda _: f"{HEAD}{table}\n", page), encoding="utf-8")
