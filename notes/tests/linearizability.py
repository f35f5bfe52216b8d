"""The history of concurrent requests to one note, and whether some sequence of them explains it (linearizability).

Every text is unique, and the versions of the note put its texts in order. So the sequence is known: a write stands at
its version, and a read right after the version that it returned. What remains to check is that the versions form one
chain, and that the sequence agrees with real time.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf


@dataclass(frozen=True)
class Operation:
    """A request and its response. `written` is None for a read.

    A read, and a write that was rejected because of its precondition, returned `version` and `text` as the present
    state. If the response was lost, `version` is None and `end` is infinite: a write may happen at any later time.
    """

    start: float
    end: float
    version: int | None
    text: str | None
    if_match: int | None = None
    written: str | None = None

    @property
    def has_written(self) -> bool:
        return self.version is not None and self.written is not None and self.text == self.written


def record(send, if_match=None, written=None) -> Operation:
    """Call `send`, which returns the version and text of the response, or None if the response was lost."""
    start = time.monotonic()
    state = send()
    end = inf if state is None else time.monotonic()
    version, text = state or (None, None)
    return Operation(start, end, version, text, if_match, written)


def faults_of(history: Iterable[Operation]) -> list[str]:
    """Return why the history is not linearizable; nothing if it is."""
    history = list(history)
    texts = {}
    faults = [
        f"version {each.version} has two texts"
        for each in history
        if each.version is not None and texts.setdefault(each.version, each.text) != each.text
    ]
    settled = list(settle(history, texts))
    return [*faults, *broken_chain(settled, texts), *rejected_without_reason(settled), *against_real_time(settled)]


def settle(history: list[Operation], texts: dict[int, str]) -> Iterator[Operation]:
    """Replace writes with a lost response whose text was seen later by writes of that version; drop the others."""
    version_of = {text: version for version, text in texts.items()}
    for each in history:
        if each.version is not None:
            yield each
        elif each.written in version_of:
            version = version_of[each.written]
            yield Operation(each.start, inf, version, each.written, each.if_match, each.written)


def broken_chain(history: list[Operation], texts: dict[int, str]) -> Iterator[str]:
    """Every version but the first was written once, by a write that had seen the version before it."""
    writes = {}
    for each in history:
        if each.has_written and writes.setdefault(each.version, each) is not each:
            yield f"version {each.version} was written twice"
    ordered = sorted(texts)
    for before, version in pairwise(ordered):
        if version not in writes:
            yield f"nobody wrote version {version}"
        elif writes[version].if_match != before:
            yield f"version {version} replaced {before}, but its writer had seen {writes[version].if_match}"


def rejected_without_reason(history: list[Operation]) -> Iterator[str]:
    for each in history:
        if each.written is not None and not each.has_written and each.version == each.if_match:
            yield f"a write was rejected although {each.version} was the present version"


def against_real_time(history: list[Operation]) -> Iterator[str]:
    """An operation must not stand before one that had ended when it began."""
    ended = sorted(history, key=lambda each: each.end)
    position, newest = 0, -1
    for each in sorted(history, key=lambda each: each.start):
        while position < len(ended) and ended[position].end < each.start:
            newest = max(newest, ended[position].version)
            position += 1
        if each.version < newest or (each.has_written and each.version == newest):
            yield f"version {each.version} came after {newest} had been seen"
