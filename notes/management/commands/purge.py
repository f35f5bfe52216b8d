"""`manage.py purge`: deletes expired data, as the server does once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notes.management.daily_work.clock import ClockNotTrusted
from notes.management.purging import purge


class Command(BaseCommand):
    help = (
        "Purges notes that were in the trash for TRASH_DAYS, and deletes tombstones after TOMBSTONE_DAYS. Deletes"
        " expired sessions, tokens, stored responses, mail links and counters. If addresses must be verified, erases"
        " accounts that were not verified within a week. After a change of SECRET_KEY, encrypts second factors with the"
        " new key. The server does this once a day. Safe to run at any time, and on several machines at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--trust-clock",
            action="store_true",
            help="delete although the clock seems to have jumped: it is right, the server was off",
        )

    def handle(self, *args: Any, trust_clock: bool, **options: Any) -> None:
        try:
            purge(self.report, is_clock_trusted=trust_clock)
        except ClockNotTrusted as error:
            # Not a failure: it is what has to be done at such a time.
            self.stderr.write(str(error))

    def report(self, what: str, count: int) -> None:
        self.stdout.write(f"{count:>8} {what}")
