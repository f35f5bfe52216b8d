"""Requests as they go over the wire, many to choose from, and of many accounts: no cache shall flatter anybody."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.comparison.dataset import PASSWORD, Dataset, email, queries, texts

# send.lua puts a text of the same length in its place, another one each time.
MARK = "#" * 12
# The first accounts of these are written to; the others stay as they are, and so do their ETags.
WRITTEN_SHARE = 0.8
MANY = 4_000
# However many accounts there are: what more rows cost is measured with as many who ask.
ASKING = 1_000


@dataclass(frozen=True)
class Known:
    """What a plan may build on. `etags` are of the lists of accounts that nobody writes to; `deep` is a path."""

    dataset: Dataset
    tokens: list[str]
    etags: dict[int, str]
    deep: str

    @property
    def written(self) -> range:
        return range(int(self.dataset.users * WRITTEN_SHARE))

    @property
    def unwritten(self) -> range:
        return range(len(self.written), self.dataset.users)

    def request(self, method: str, path: str, account: int, body: str = "", **headers: str) -> bytes:
        headers = {"Authorization": f"Bearer {self.tokens[account]}", **headers}
        return over_the_wire(method, path, headers, body)

    def some_note(self, chance: random.Random, accounts: range) -> tuple[int, str]:
        owner = chance.choice(accounts)
        return owner, self.dataset.note(owner, chance.randrange(self.dataset.count(owner))).id


Plan = Callable[[Known, random.Random], Iterator[bytes]]


def over_the_wire(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join([*lines, "", body]).encode()


def first_page(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in range(min(ASKING, known.dataset.users)):
        yield known.request("GET", "/notes", account)


def first_page_of_everyone(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in range(known.dataset.users):
        yield known.request("GET", "/notes", account)


def one_note(known: Known, chance: random.Random) -> Iterator[bytes]:
    for _ in range(MANY):
        owner, note_id = known.some_note(chance, range(known.dataset.users))
        yield known.request("GET", f"/notes/{note_id}", owner)


def create(known: Known, chance: random.Random) -> Iterator[bytes]:
    bodies = new_bodies()
    for account in known.written:
        yield known.request("POST", "/notes", account, chance.choice(bodies), **JSON)


def replace(known: Known, chance: random.Random) -> Iterator[bytes]:
    bodies = new_bodies()
    for _ in range(MANY):
        owner, note_id = known.some_note(chance, known.written)
        yield known.request("PUT", f"/notes/{note_id}", owner, chance.choice(bodies), **JSON)


def mixed(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Of ten requests four lists, four single notes, one new note, one replaced."""
    kinds = {first_page: 40, one_note: 40, create: 10, replace: 10}
    sources = {kind: list(kind(known, chance)) for kind in kinds}
    for kind in chance.choices(list(kinds), list(kinds.values()), k=MANY):
        yield chance.choice(sources[kind])


def unchanged(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account, etag in known.etags.items():
        yield known.request("GET", "/notes", account, **{"If-None-Match": etag})


def deep_page(known: Known, chance: random.Random) -> Iterator[bytes]:
    yield known.request("GET", known.deep, known.dataset.users)


def first_page_of_small(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Of one account alone, as the large ones are."""
    yield known.request("GET", "/notes", known.unwritten[-1])


def first_page_of_deep(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Of the account whose deep page is read."""
    yield known.request("GET", "/notes", known.dataset.users)


def first_page_of_large(known: Known, chance: random.Random) -> Iterator[bytes]:
    yield known.request("GET", "/notes", known.dataset.accounts - 1)


def search(known: Known, chance: random.Random) -> Iterator[bytes]:
    for query in queries(MANY // 2):
        yield known.request("GET", f"/notes?{urlencode({'q': query})}", chance.choice(known.unwritten))


def changes(known: Known, chance: random.Random) -> Iterator[bytes]:
    """A page of 50, as that of the list."""
    for account in range(known.dataset.users):
        yield known.request("GET", "/changes?limit=50", account)


def login(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in known.written:
        form = urlencode({"username": email(account), "password": PASSWORD})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        yield over_the_wire("POST", "/login", headers, form)


JSON = {"Content-Type": "application/json"}


def new_bodies() -> list[str]:
    """Notes as long as those that are there."""
    return [
        json.dumps({"title": text.title, "content": MARK + text.content[len(MARK) :]}, separators=(",", ":"))
        for text in texts()
    ]
