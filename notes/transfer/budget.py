"""What the reading of one input may cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from notes.transfer.draft import Draft, Failure


class InputRefused(Exception):
    """Reading ends here: the input is damaged or exceeds a limit. The message says so to the user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ItemRefused(Exception):
    """One entry or note cannot be read; the rest of the input can."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Limits:
    """`entries` of an archive or folder; `entry_bytes` of one entry that is read as a whole.

    All entries together may inflate to `inflated_bytes` plus `ratio` times the size of the input, and one entry to
    `entry_ratio` times its compressed size if that is more than a mebibyte. There may be `items`,
    notes and failures, and another one for each `bytes_per_item` and for each entry. `failures` may be failures.
    `markup` is how many tags of HTML, or other parts that take as long, all notes may have together. Another one is
    available for each `bytes_per_markup` that were read, and `markup_per_note` for each note before. Of a compressed
    input, at most `markup_ratio` times its size counts.

    `seconds` of CPU time are available at the beginning. Reading the input adds one for each `bytes_per_second`, and a
    note adds `seconds_per_note` and one for each `text_per_second` characters, up to `seconds` again.
    """

    entries: int = 150_000
    entry_bytes: int = 16 << 20
    inflated_bytes: int = 64 << 20
    ratio: int = 50
    entry_ratio: int = 200
    items: int = 10_000
    bytes_per_item: int = 64
    failures: int = 10_000
    markup: int = 100_000
    bytes_per_markup: int = 32
    markup_ratio: int = 2
    markup_per_note: int = 1000
    seconds: float = 2.0
    bytes_per_second: int = 16 << 20
    seconds_per_note: float = 0.03
    text_per_second: int = 4 << 20


class Budget:
    """Counts what the reading costs: of the CPU time, only that inside `running()`."""

    def __init__(self, limits: Limits, input_bytes: int) -> None:
        self.limits = limits
        self.input_bytes = input_bytes
        self.max_inflated = limits.inflated_bytes + limits.ratio * input_bytes
        self.inflated = 0
        self.consumed = 0
        self.entries = 0
        self.items = 0
        self.failures = 0
        self.markup = 0
        self.seconds_left = limits.seconds
        self.started: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        self.started = time.thread_time()
        try:
            yield
        finally:
            self._settle()
            self.started = None

    def take(self, consumed: int, inflated: int) -> None:
        """Count bytes that were read from the input, and what they inflated to. Raises `InputRefused`."""
        # What is read again adds no time.
        new = max(0, min(consumed, self.input_bytes - self.consumed))
        self.consumed += consumed
        self.inflated += inflated
        if self.inflated > self.max_inflated:
            raise InputRefused("too_large", "The archive inflates to far more than its size. Nothing more is read.")
        self._add_seconds(new / self.limits.bytes_per_second)
        if self.seconds_left < 0:
            raise too_slow()

    def count_entry(self) -> None:
        """Count an entry of an archive or folder. Raises `InputRefused` if there are too many."""
        self.entries += 1
        self.require_entries(self.entries)
        if self.entries % 1024 == 0:
            self.check_time()

    def require_entries(self, count: int) -> None:
        """Raise `InputRefused` if these are too many entries."""
        if count > self.limits.entries:
            message = f"The input has more than {self.limits.entries:,} files. Divide it and import the parts."
            raise InputRefused("too_many_entries", message)

    def count_item(self, item: Draft | Failure) -> None:
        """Count what was read. Raises `InputRefused` if it is too much, or took too long."""
        self.items += 1
        self.check_time()
        if isinstance(item, Draft):
            self._add_seconds(self.limits.seconds_per_note + len(item.content) / self.limits.text_per_second)
        else:
            self.failures += 1
        if self.failures > self.limits.failures:
            message = f"More than {self.limits.failures:,} parts of the input cannot be read. Nothing more is read."
            raise InputRefused("too_many_failures", message)
        if self.items > self.limits.items + self.entries + self.inflated // self.limits.bytes_per_item:
            raise InputRefused("too_many_notes", "The input has too many notes for its size. Nothing more is read.")

    def count_markup(self, count: int) -> None:
        """Count parts of a note, before they are read. Raises `ItemRefused` if the notes before it leave too few."""
        limits = self.limits
        size = max(self.input_bytes, min(self.inflated, limits.markup_ratio * self.input_bytes))
        notes = self.items - self.failures
        most = limits.markup + size // limits.bytes_per_markup + notes * limits.markup_per_note
        if self.markup + count > most:
            message = "The notes of this input have too much markup together. Divide the input."
            raise ItemRefused("too_much_markup", message)
        self.markup += count

    def check_time(self) -> None:
        """Raise `InputRefused` if the CPU time is used up."""
        self._settle()
        if self.seconds_left < 0:
            raise too_slow()

    def _settle(self) -> None:
        if self.started is not None:
            now = time.thread_time()
            self.seconds_left -= now - self.started
            self.started = now

    def _add_seconds(self, seconds: float) -> None:
        self._settle()
        self.seconds_left = min(self.limits.seconds, self.seconds_left + seconds)


def too_slow() -> InputRefused:
    return InputRefused("too_slow", "The input takes too much time for its size. Nothing more is read.")
