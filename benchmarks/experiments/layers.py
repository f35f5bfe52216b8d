"""Divide the CPU time of a request among the libraries: `python -m benchmarks.experiments.layers`.

Runs requests through Django in this process, without HTTP. The database's own time is not included. A profiler makes
calls look more expensive than they are, so the shares come from the profile and the total is measured without it. The
database that the environment names must be empty the first time.
"""

import argparse
import cProfile
import json
import logging
import pstats
import time
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import count
from pathlib import Path

import django

django.setup()

from django.core.management import call_command

from accounts.authentication.tokens import AccessToken
from accounts.models import Session, User
from benchmarks.experiments.seed import make_account
from notes.models import Note
from notes_api.server.application import ThreadedASGIHandler

EMAIL, NOTES, LENGTH = "layers@example.com", 200, 500
PROJECT = Path(__file__).resolve().parents[2]
# The first entry that matches the file of a function.
LAYERS = [
    ("psycopg and sqlite3", ("psycopg", "sqlite3")),
    ("Django: database", ("django/db",)),
    ("Django: the rest", ("django/", "whitenoise", "corsheaders", "asgiref")),
    ("Django REST framework", ("rest_framework",)),
    ("this project", (f"{PROJECT}/notes", f"{PROJECT}/accounts")),
]
ELSE = "Python and other libraries"

Request = tuple[str, str, bytes]
Function = tuple[str, int, str]


def requests(note: str) -> dict[str, Iterator[Request]]:
    """Endless requests of each kind; every write has a different text."""
    bodies = (json.dumps({"title": "Milk", "content": f"{number:012}" * 40}).encode() for number in count())
    return {
        "GET /notes": (("GET", "/notes", b"") for _ in count()),
        "GET /notes/{id}": (("GET", f"/notes/{note}", b"") for _ in count()),
        "POST /notes": (("POST", "/notes", next(bodies)) for _ in count()),
        "PUT /notes/{id}": (("PUT", f"/notes/{note}", next(bodies)) for _ in count()),
    }


class Server:
    """The application, called as its own threads call it."""

    def __init__(self, token: str) -> None:
        self.application, self.token = ThreadedASGIHandler(), token

    def ask(self, request: Request) -> None:
        method, path, body = request
        headers = {"host": "localhost", "authorization": f"Bearer {self.token}", "x-request-id": "0" * 32,
                   "content-type": "application/json", "content-length": str(len(body))}  # fmt: skip
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "root_path": "", "path": path,
            "raw_path": path.encode(), "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }  # fmt: skip
        answer = self.application.process_request(scope, BytesIO(body), None)
        assert answer.status in (200, 201), answer


def cost(ask: Callable[[], None], times: int) -> float:
    """Microseconds of this thread's CPU."""
    began = time.thread_time()
    for _ in range(times):
        ask()
    return (time.thread_time() - began) / times * 1e6


def shares(ask: Callable[[], None], times: int) -> dict[str, float]:
    """Percent of the CPU time of each layer."""
    profile = cProfile.Profile(time.thread_time)
    profile.runcall(cost, ask, times)
    spent: Counter[str] = Counter()
    for function, (_, _, own, _, callers) in pstats.Stats(profile).stats.items():
        if function[0] == "~":
            # Functions written in C count as their caller's.
            for caller, (_, _, own_there, _) in callers.items():
                spent[layer_of(caller)] += own_there
        else:
            spent[layer_of(function)] += own
    return {name: 100 * value / spent.total() for name, value in spent.items()}


def layer_of(function: Function) -> str:
    place = function[0].rpartition("site-packages/")[2]
    fitting = (name for name, beginnings in LAYERS if any(part in place for part in beginnings))
    return next(fitting, ELSE)


def main() -> None:
    logging.getLogger("notes_api.access").setLevel(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=1000, help="how often each request is made")
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    user = User.objects.filter(email=EMAIL).first() or make_account(EMAIL, NOTES, most=LENGTH)
    note = Note.objects.owned_by(user).active().order_by("created_at")[0]
    server = Server(str(AccessToken.of(Session.objects.create(user=user))))
    columns = {}
    for name, wanted in requests(str(note.pk)).items():
        ask = lambda wanted=wanted: server.ask(next(wanted))  # noqa: E731  # bound in this iteration
        cost(ask, 50)
        columns[name] = (min(cost(ask, options.times // 5) for _ in range(5)), shares(ask, options.times))
    print("|  |", " | ".join(columns), "|\n|---|" + "---:|" * len(columns))
    for layer in [*(name for name, _ in LAYERS), ELSE]:
        print(f"| {layer} |", " | ".join(f"{found.get(layer, 0):.0f} %" for _, found in columns.values()), "|")
    print("| CPU, µs |", " | ".join(f"{spent:,.0f}" for spent, _ in columns.values()), "|")


if __name__ == "__main__":
    main()
