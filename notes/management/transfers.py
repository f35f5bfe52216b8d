"""What the commands that import and export share."""

import time

from django.core.management.base import CommandError, OutputWrapper

from accounts.models import User
from notes.management.progress import INTERVAL
from notes.transfer.exports.archive import Progress

# Tells a terminal to erase the rest of the line.
ERASE = "\x1b[K"


class Counter(Progress):
    """Shows on a terminal how many notes are done."""

    def __init__(self, output: OutputWrapper, label: str) -> None:
        self.output, self.label = output, label
        self.shown_at = 0.0

    def report_read(self, notes: int) -> None:
        self.show(f"{notes} notes read")

    def report_written(self, notes: int) -> None:
        self.show(f"{notes} notes written")

    def show(self, state: str) -> None:
        if self.output.isatty() and time.monotonic() - self.shown_at >= INTERVAL:
            self.shown_at = time.monotonic()
            self.output.write(f"\r{self.label}: {state}{ERASE}", ending="")
            self.output.flush()

    def end(self) -> None:
        if self.shown_at:
            self.output.write("")


def find_account(email: str) -> User:
    """Return the account with this address. Raises `CommandError`."""
    user: User | None = User.objects.find_by_email(email)
    if user is None:
        raise CommandError(f"No account has the e-mail address {email}.")
    return user
