"""The examples of the documentation, run against a real server.

README shows commands and what they print. The guides show requests and responses as HTTP. A shown value, such as an id,
represents the value that the server sent in its place when it appeared first. Tokens and cursors are cut short:
eyJh…3Kq0. A one-time code represents the next one that the authenticator app shows.

`make examples` rewrites the responses that have changed.
"""

import json
import os
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import httpx

from accounts.tests.authenticator_app import shown_by_app
from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import scratch_database, serving

SHOWN = "http://127.0.0.1:8000"
HEADERS = ("Content-Type", "Location", "ETag", "Link", "Allow", "Retry-After", "WWW-Authenticate",
           "Idempotency-Replayed")  # fmt: skip
UNREMARKABLE = ("application/json", "application/problem+json")
# Values that differ from run to run, and the placeholder that they are compared by.
VALUES = {
    "id": r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "request": r"\b[0-9a-f]{32}\b",
    "etag": r'"\d+\.[0-9a-f]{8}\.\d+(?:\.[0-9a-f]{32})?"',
    "secret": r"[\w-]{4}…[\w-]{4}",
    "app": r"\b[A-Z2-7]{32}\b",
    "recovery": r"\b[a-z2-7]{4}(?:-[a-z2-7]{4}){5}\b",
    "prefix": r"\bcn_pat_\w{8}\b",
    "agent": r"\bcurl/[\d.]+",
}
VALUE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in VALUES.items()))
# Tokens, cursors and drawings are shortened in the guide.
LONG = re.compile(r"\bcn_pat_\w{49}\b|eyJ[\w-]+\.[\w-]+\.[\w-]+|\bWy[\w-]{20,}(?:(?::|%3A)[\w-]+)+|<svg .*?</svg>")
OTP = re.compile(r'(?<="otp": ")\d{6}|(?<=&otp=)\d{6}')


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(name):
    """Return each command of a document that talks to the server, with the output that the document shows."""
    blocks = re.findall(r"^```console\n(.*?)^```", read(name), re.MULTILINE | re.DOTALL)
    talking = [block for block in blocks if f"{SHOWN}/" in block]
    typed = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
    return [(command, output) for block in talking for command, output in typed.findall(block)]


def printed(examples, server):
    """Return what the commands print, run one after another in one shell."""
    mark = "--- 8< ---"
    script = "".join(f"{command}\necho; echo '{mark}'\n" for command, _ in examples).replace(SHOWN, server.url)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    shell = subprocess.run(
        ["sh", "-eu"], input=script, env={"PATH": path}, capture_output=True, text=True, timeout=60, check=True
    )
    return shell.stdout.replace(server.url, SHOWN).replace("\r", "").split(mark + "\n")[:-1]


def masked(text):
    return VALUE.sub(lambda match: f"<{match.lastgroup}>", text).strip()


EXCHANGE = re.compile(r"^```http\n((?:GET|HEAD|OPTIONS|POST|PUT|PATCH|DELETE) .*?)^```\n+```http\n(.*?)^```",
                      re.MULTILINE | re.DOTALL)  # fmt: skip


class Conversation:
    """Runs the requests of a guide and remembers the real value of each value shown."""

    def __init__(self, server, client):
        self.server = server
        self.client = client
        self.real = {}
        self.token = None
        self.app = iter(())

    def send(self, request):
        """Return the response to a shown request in the form of the guide."""
        head, _, body = self.with_real_values(request.rstrip("\n")).partition("\n\n")
        first, *lines = head.split("\n")
        method, path = first.removeprefix(SHOWN).split(" ", 1)
        headers = dict(line.split(": ", 1) for line in lines)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        body = OTP.sub(lambda _: next(self.app), body)
        if body:
            headers.setdefault("Content-Type", "application/json")
        answer = self.client.request(method, path.replace(SHOWN, ""), headers=headers, content=body.encode())
        if path.startswith("/login") and answer.is_success:
            self.token = answer.json()["access_token"]
        if path == "/users/me/otp" and method == "POST":
            self.app = shown_by_app(answer.json()["secret"])
        return self.as_shown(answer)

    def as_shown(self, answer):
        headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
        if headers.get("Content-Type") in UNREMARKABLE:
            del headers["Content-Type"]
        if answer.status_code != 405 and answer.request.method != "OPTIONS":
            headers.pop("Allow", None)
        body = pretty(answer.json()) if answer.text.startswith("{") else answer.text
        # Python 3.13 has new names for two of them.
        phrase = answer.json()["title"] if answer.status_code >= 400 else answer.reason_phrase
        lines = [f"HTTP/1.1 {answer.status_code} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        text = "\n".join([*lines, *(["", body] if body else [])])
        return LONG.sub(self.cut_short, text.replace(self.server.url, SHOWN)).rstrip() + "\n"

    def cut_short(self, match):
        short = f"{match[0][:4]}…{match[0][-4:]}"
        self.real[short] = match[0]
        return short

    def with_real_values(self, text):
        return VALUE.sub(lambda match: self.real.get(match[0], match[0]), text)

    def agree(self, shown, real):
        """Whether both are equal, with one real value for each value shown."""
        pairs = zip(VALUE.finditer(shown), VALUE.finditer(real), strict=False)
        alike = takewhile(lambda pair: pair[0].lastgroup == pair[1].lastgroup, pairs)
        # All of them, also after a difference: later requests may refer to any.
        same = [self.is_same(one.group(), other.group()) for one, other in alike]
        return masked(shown) == masked(real) and all(same)

    def is_same(self, shown, real):
        real = self.real.get(real, real)
        return self.real.setdefault(shown, real) == real

    def as_remembered(self, text):
        """Return a real response with the values that the guide shows for them."""
        shown = {real: shown for shown, real in self.real.items()}
        return VALUE.sub(lambda match: shown.get(self.real.get(match[0], match[0]), match[0]), text)


def pretty(value, indent=""):
    """Return JSON with short values on one line."""
    short = json.dumps(value, ensure_ascii=False)
    if len(indent + short) <= 100 or not isinstance(value, dict | list):
        return short
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + pretty(item, deeper) for item in value) + f"\n{indent}]"
    members = (f"{deeper}{json.dumps(name)}: {pretty(item, deeper)}" for name, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def untrue_answers(text, server):
    """Return the exchanges of a guide that differ: the request, the response shown, the real response."""
    found = []
    with httpx.Client(base_url=server.url, timeout=30, headers={"User-Agent": "notes-app/1.0"}, verify=False) as client:
        conversation = Conversation(server, client)
        for request, shown in EXCHANGE.findall(text):
            real = conversation.send(request)
            if not conversation.agree(shown, real):
                found.append((request, shown, conversation.as_remembered(real)))
    return found


def rewrite(name):
    """Replace every response in the guide with the real one."""
    with scratch_database() as database, serving(database) as server:
        text = read(name)
        for request, shown, real in untrue_answers(text, server):
            before = f"```http\n{request}```\n\n```http\n"
            text = text.replace(f"{before}{shown}```", f"{before}{real}```", 1)
    (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for document in sys.argv[1:]:
        rewrite(document)
