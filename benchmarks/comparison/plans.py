"""Plans: lists of raw requests from many accounts, so that no cache flatters a contestant."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from benchmarks.comparison.apis import JSON, Api
from benchmarks.comparison.dataset import Dataset, Text, common_words, missing_words, queries, texts

# send.lua replaces this mark with a text of the same length, different each time.
MARK = "#" * 12
# Writes go to the first of these accounts; the others do not change, and neither do their ETags.
WRITTEN_SHARE = 0.8
MANY = 4_000
# More than a contestant replaces in one measurement, so that no note is replaced twice within minutes.
REPLACEMENTS = 16_000
# Independent of the number of accounts: the cost of more rows is measured with the same number of clients.
ASKING = 1_000


@dataclass(frozen=True)
class Known:
    """Facts for plans. `etags` belong to lists of accounts that nobody writes to; `deep` is a path.

    `tokens` has one for each account, and then those that no request has used.
    """

    dataset: Dataset
    tokens: list[str]
    etags: dict[int, str]
    deep: str
    api: Api = Api()  # noqa: RUF009  # it is frozen

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
        return owner, self.api.note(self.dataset.note(owner, chance.randrange(self.dataset.count(owner))))


Plan = Callable[[Known, random.Random], Iterator[bytes]]


def over_the_wire(method: str, path: str, headers: dict[str, str], body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines.append(f"Content-Length: {len(body.encode())}")
    return "\r\n".join([*lines, "", body]).encode()


def first_page(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in range(min(ASKING, known.dataset.users)):
        yield known.request("GET", known.api.page, account)


def first_page_of_everyone(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in range(known.dataset.users):
        yield known.request("GET", "/notes", account)


def one_note(known: Known, chance: random.Random) -> Iterator[bytes]:
    for _ in range(MANY):
        owner, path = known.some_note(chance, range(known.dataset.users))
        yield known.request("GET", path, owner)


def one_note_by_unused_token(known: Known, chance: random.Random) -> Iterator[bytes]:
    for number in range(known.dataset.accounts, len(known.tokens)):
        owner = (number - known.dataset.accounts) % known.dataset.users
        path = known.api.note(known.dataset.note(owner, chance.randrange(known.dataset.notes_each)))
        yield known.request("GET", path, number)


def create(known: Known, chance: random.Random) -> Iterator[bytes]:
    new = new_texts()
    for account in known.written:
        body = known.api.new_note(chance.choice(new), account)
        yield known.request("POST", known.api.notes, account, body, **JSON)


def replace(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Each note at most once."""
    new, dataset = new_texts(), known.dataset
    existing = range(len(known.written) * dataset.notes_each)
    for number in chance.sample(existing, min(REPLACEMENTS, len(existing))):
        position, owner = divmod(number, len(known.written))
        body = known.api.new_text(chance.choice(new))
        yield known.request(known.api.replace, known.api.note(dataset.note(owner, position)), owner, body, **JSON)


def mixed(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Ten requests are four lists, four single notes, one create and one replace."""
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
    """Requests of one account only, such as a large one."""
    yield known.request("GET", "/notes", known.unwritten[-1])


def first_page_of_deep(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Requests of the account whose deep page is read."""
    yield known.request("GET", "/notes", known.dataset.users)


def first_page_of_large(known: Known, chance: random.Random) -> Iterator[bytes]:
    yield known.request("GET", "/notes", known.dataset.accounts - 1)


def search(known: Known, chance: random.Random) -> Iterator[bytes]:
    for query in queries(MANY // 2):
        yield known.request("GET", f"/notes?{urlencode({'q': query})}", chance.choice(known.unwritten))


def search_in_deep(known: Known, chance: random.Random) -> Iterator[bytes]:
    """Searches in the account whose deep page is read."""
    for query in queries(MANY // 2):
        yield known.request("GET", f"/notes?{urlencode({'q': query})}", known.dataset.users)


def search_common_in_large(known: Known, chance: random.Random) -> Iterator[bytes]:
    for word in common_words():
        yield known.request("GET", f"/notes?q={word}", known.dataset.accounts - 1)


def search_missing_in_large(known: Known, chance: random.Random) -> Iterator[bytes]:
    for word in missing_words():
        yield known.request("GET", f"/notes?q={word}", known.dataset.accounts - 1)


def changes(known: Known, chance: random.Random) -> Iterator[bytes]:
    """A page of 50, like that of the list."""
    for account in range(known.dataset.users):
        yield known.request("GET", "/changes?limit=50", account)


def login(known: Known, chance: random.Random) -> Iterator[bytes]:
    for account in known.written:
        headers, body = known.api.credentials(account)
        yield over_the_wire("POST", known.api.login, headers, body)


def new_texts() -> list[Text]:
    """Return texts as long as the existing ones, each with a mark."""
    return [Text(text.title, MARK + text.content[len(MARK) :]) for text in texts()]
