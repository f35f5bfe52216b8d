"""Count the lines of the functions that run for usual requests: `python -m benchmarks.experiments.path_lines`.

Starts the server in this process and sends GET, list, POST and PUT to it. Counts each line, except blank ones, of the
functions of this project that run once for every two requests or more often. The database that the environment names
must be empty the first time.
"""

import ast
import http.client
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import cache, partial
from itertools import count
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import django

django.setup()

import uvicorn
from django.core.management import call_command
from greenlet import greenlet

from accounts.authentication.tokens import AccessToken
from accounts.models import Session, User
from benchmarks.experiments.seed import make_account
from notes.models import Note
from notes_api.server import loop_pool
from notes_api.server.worker import DrainingWorker

EMAIL, NOTES, TIMES, PORT = "lines@example.com", 60, 40, 18_230
PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = tuple(f"{PROJECT}/{name}/" for name in ("notes_api", "outbox", "accounts", "notes"))
FUNCTIONS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
)
texts = count()


class Recorder:
    """Counts the calls of this project's functions while requests of one kind are sent."""

    def __init__(self) -> None:
        self.kind = ""
        self.calls: Counter[tuple[str, CodeType]] = Counter()

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if self.kind and event == "call" and frame.f_code.co_filename.startswith(PACKAGES):
            self.calls[self.kind, frame.f_code] += 1

    def watch(self, work: Callable[[], Any], *parent: Any) -> greenlet:  # Any: greenlet's own arguments
        """Return a greenlet that is watched, too: a profiler of a thread does not see them."""

        def watched() -> object:
            sys.setprofile(self)
            return work()

        return greenlet(watched, *parent)


def send(kind: str, token: str, notes: list[str], number: int, connection: http.client.HTTPConnection) -> None:
    path = f"/notes/{notes[number % len(notes)]}" if kind in ("GET one", "PUT") else "/notes"
    body = json.dumps({"title": "Milk", "content": f"{next(texts):012}" * 40}) if kind in ("POST", "PUT") else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(kind.partition(" ")[0], path, body, headers)
    response = connection.getresponse()
    response.read()
    assert response.status in (200, 201), response.status


def drive(server: uvicorn.Server, recorder: Recorder, token: str, notes: list[str]) -> None:
    """Send the requests: the first of each kind while nothing is recorded, because they compile and connect."""
    while not server.started:
        time.sleep(0.1)
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    for is_recorded in (False, True):
        for kind in ("GET one", "GET list", "POST", "PUT"):
            recorder.kind = kind if is_recorded else ""
            for number in range(TIMES):
                send(kind, token, notes, number, connection)
            recorder.kind = ""
        time.sleep(2)
    server.should_exit = True


@cache
def spans(file: str) -> dict[tuple[int, str], range]:
    """Return the lines of each function of a file, by its first line and its name."""
    nodes = [node for node in ast.walk(ast.parse(Path(file).read_text())) if isinstance(node, FUNCTIONS)]
    found = {}
    for node in nodes:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        found[first, getattr(node, "name", "")] = range(first, (node.end_lineno or first) + 1)
    return found


def lines_of(code: CodeType) -> set[tuple[str, int]]:
    name = "" if code.co_name.startswith("<") else code.co_name
    lines = spans(code.co_filename).get(
        (code.co_firstlineno, name), range(code.co_firstlineno, code.co_firstlineno + 1)
    )
    text = Path(code.co_filename).read_text().split("\n")
    return {(code.co_filename, line) for line in lines if text[line - 1].strip()}


def main() -> None:
    call_command("migrate", verbosity=0)
    user = User.objects.filter(email=EMAIL).first() or make_account(EMAIL, NOTES, most=500)
    token = str(AccessToken.of(Session.objects.create(user=user)))
    notes = [str(pk) for pk in Note.objects.owned_by(user).active().values_list("pk", flat=True)]
    recorder = Recorder()
    loop_pool.greenlet = recorder.watch  # type: ignore[attr-defined]  # for this experiment
    options: dict[str, Any] = {
        "access_log": False,
        "log_level": "warning",
        **DrainingWorker.CONFIG_KWARGS,
    }  # Any: as uvicorn has them
    server = uvicorn.Server(uvicorn.Config("notes_api.asgi:application", port=PORT, **options))
    threading.Thread(target=partial(drive, server, recorder, token, notes)).start()
    threading.setprofile(recorder)
    sys.setprofile(recorder)
    server.run()
    usual = {code for (_, code), calls in recorder.calls.items() if calls >= TIMES / 2}
    files = Counter(file for file, _ in set().union(*map(lines_of, usual)))
    for file, lines in files.most_common():
        print(f"{lines:5} {Path(file).relative_to(PROJECT)}")
    print(f"{files.total():5} lines")


if __name__ == "__main__":
    main()
