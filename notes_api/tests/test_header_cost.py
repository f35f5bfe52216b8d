"""Header values that are slow to parse, sent to the served product: each costs little CPU and is not repeated."""

import os
from pathlib import Path

import pytest

from notes_api.tests.live_server import logged_in
from notes_api.tests.raw_http import heard

MAX_CPU_SECONDS = 0.1
MAX_RESPONSE = 4096
# A little less than the limit of one field line.
SIZE = 8000
TICKS = os.sysconf("SC_CLK_TCK")

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads CPU time from /proc")


@pytest.fixture(scope="module")
def token(product):
    with logged_in(product) as client:
        return client.tokens["access_token"]


@pytest.fixture(scope="module")
def workers(product):
    """The process ids of the workers. To list them for each test would take longer than the requests."""
    return product.workers()


def cpu_seconds(workers):
    total = 0
    for pid in workers:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def fill(head, item, tail=""):
    return head + item * ((SIZE - len(head)) // len(item)) + tail


HEADERS = {
    "Content-Type": fill('a/b; x="', ";"),
    "Content-Type within the limit": 'a/b; x="' + ";" * 240,
    "Accept": fill('a/b; x="', ";"),
    "Accept with many types": fill("", "a/b,"),
    "Accept with many parameters": fill("text/html", ";a=b"),
    "Accept-Language": fill("", "de;q=0.5,"),
    "Accept-Encoding": fill("", "gzip;q=0.5,"),
    "Authorization": fill("Bearer ", "a."),
    "Authorization with many words": fill("Bearer ", "a "),
    "Cookie": fill("", "a=b;"),
    "Cookie with backslashes": fill('a="', "\\0", '"'),
    "If-None-Match": fill("", '"1",'),
    "If-None-Match with blanks": fill("a", " ", "b"),
    "If-Match": fill("", "W/,"),
    "If-Modified-Since": fill("", "Sun, "),
    "Idempotency-Key": fill('"', "\\"),
    "Last-Event-ID": fill("", "a:"),
    "X-Forwarded-For": fill("", "1,"),
    "X-Forwarded-Proto": fill("", "https,"),
    "Forwarded": fill("", "for=a;"),
    "Origin": fill("http://", "["),
    "Referer": fill("http://", "[:"),
    "Range": fill("bytes=", "0-1,"),
    "X-Request-ID": fill("", "a"),
    "Host": fill("", "a."),
    "Host with colons": fill("[", ":"),
}
PATHS = ["/livez", "/notes", "/admin/login/", "/static/notes_api/pages.css", "/changes/stream"]


def request(path, token, *lines):
    host = [] if any(line.startswith("Host:") for line in lines) else ["Host: localhost"]
    credentials = [] if any(line.startswith("Authorization:") for line in lines) else [f"Authorization: Bearer {token}"]
    head = [f"GET {path} HTTP/1.1", *host, "Connection: close", *credentials, *lines, "", ""]
    return "\r\n".join(head).encode()


def test_a_header_costs_little_and_is_not_repeated(product, workers, token):
    assert {name: found for name in HEADERS if (found := excess(product, workers, token, name))} == {}


def excess(product, workers, token, name):
    """Send the header to every path, and return how it exceeded what it may do."""
    value = HEADERS[name]
    # The stream would not end, unless the header makes it an error.
    paths = PATHS if name == "Last-Event-ID" else PATHS[:-1]
    sent = [request(path, token, f"{name.split(' ')[0]}: {value}") for path in paths]
    start = cpu_seconds(workers)
    answers = [heard(product, each) for each in sent]
    seconds = cpu_seconds(workers) - start
    return [
        *([f"{seconds} s of CPU"] if seconds >= MAX_CPU_SECONDS * len(paths) else []),
        *[f"status {answer.status}" for answer in answers if answer.status >= 500],
        *["repeated" for answer in answers if value[:300].encode() in answer.content],
    ]


QUERIES = {
    "many parameters": fill("", "a&"),
    "many tags": fill("", "tag=a&"),
    "a long name": fill("", "a"),
    "escapes": fill("q=", "%F0%9F%98%80"),
    "bytes that are not UTF-8": fill("q=", "%ff"),
    "plus signs": fill("q=", "+"),
}


@pytest.mark.parametrize("path", ["/livez?", "/notes?", "/email/verify?", "/admin/login/?", "/notes/", "/static/"])
def test_a_url_costs_little_and_is_not_repeated(product, workers, token, path):
    sent = {name: request(path + query, token) for name, query in QUERIES.items()}
    start = cpu_seconds(workers)

    answers = {name: heard(product, each) for name, each in sent.items()}

    assert cpu_seconds(workers) - start < MAX_CPU_SECONDS * len(sent)
    assert [name for name, answer in answers.items() if answer.status >= 500] == []
    longest = max(len(answer.content) for answer in answers.values())
    assert path == "/admin/login/?" or longest < MAX_RESPONSE
