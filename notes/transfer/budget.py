"""What the reading of one input may cost."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

MOST_READINGS = 4
FREE_BYTES = 16 << 20


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
    `entry_ratio` times its compressed size if that is more than a mebibyte. CPU time is `seconds` and one more for each
    `bytes_per_second` read from the input.
    """

    entries: int = 150_000
    entry_bytes: int = 16 << 20
    inflated_bytes: int = 64 << 20
    ratio: int = 50
    entry_ratio: int = 200
    seconds: float = 2.0
    bytes_per_second: int = 64 << 10


class Budget:
    """Counts what the reading costs: of the CPU time, only that inside `running()`."""

    def __init__(self, limits: Limits, input_bytes: int) -> None:
        self.limits = limits
        self.input_bytes = input_bytes
        self.max_inflated = limits.inflated_bytes + limits.ratio * input_bytes
        self.inflated = 0
        self.consumed = 0
        self.seconds = 0.0
        self.started: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        self.started = time.thread_time()
        try:
            yield
        finally:
            self.seconds += time.thread_time() - self.started
            self.started = None

    def take(self, consumed: int, inflated: int) -> None:
        """Count bytes that were read from the input, and what they inflated to. Raises `InputRefused`."""
        self.consumed += consumed
        self.inflated += inflated
        # Entries of an archive can share their bytes. No format reads more than twice, after the first bytes.
        if self.consumed > MOST_READINGS * self.input_bytes + FREE_BYTES:
            raise InputRefused("too_large", "Files of the archive share their bytes. Nothing more is read.")
        if self.inflated > self.max_inflated:
            raise InputRefused("too_large", "The archive inflates to far more than its size. Nothing more is read.")
        self.check_time()

    def check_time(self) -> None:
        """Raise `InputRefused` if the CPU time is used up."""
        running = time.thread_time() - self.started if self.started is not None else 0.0
        # What is read twice counts once.
        earned = min(self.consumed, self.input_bytes) / self.limits.bytes_per_second
        if self.seconds + running > self.limits.seconds + earned:
            raise InputRefused("too_slow", "The input takes too much time for its size. Nothing more is read.")
