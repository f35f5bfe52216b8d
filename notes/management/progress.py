"""Progress of a command, on a terminal only."""

import time

from django.core.management.base import OutputWrapper

# Seconds between two lines, which overwrite each other.
INTERVAL = 0.2
MIB = 1024 * 1024


class ProgressLine:
    def __init__(self, output: OutputWrapper, label: str) -> None:
        self.output = output
        self.label = label
        self.shown_at = 0.0
        self.is_terminal = output.isatty()

    def __call__(self, done: int, total: int) -> None:
        if not self.is_terminal or (time.monotonic() - self.shown_at < INTERVAL and done != total):
            return
        self.shown_at = time.monotonic()
        amount = f"{100 * done // total} %" if total else f"{done / MIB:.1f} MiB"
        self.output.write(f"\r{self.label}: {amount}", ending="")
        self.output.flush()

    def end(self) -> None:
        if self.is_terminal and self.shown_at:
            self.output.write("")
