"""`manage.py doctor`: looks at the installation and the database, and says what is wrong and how to repair it."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from notes.management.doctor import accounts, daily_work, database, installation, outbox, transfers
from notes.management.doctor.findings import Finding, Level, error

Check = Callable[[], Iterator[Finding]]

INSTALLATION: list[Check] = [
    installation.check_settings, installation.check_mail, installation.check_files,
    installation.check_journal, installation.check_disks,
]  # fmt: skip
DATABASE: list[Check] = [
    database.check_migrations, database.check_integrity, database.check_clock, installation.check_backups,
]  # fmt: skip
# These need all tables.
ACCOUNTS: list[Check] = [
    accounts.check_clocks, accounts.check_tags, accounts.check_quota, accounts.check_words, accounts.check_purge,
    daily_work.check_daily_work, outbox.check_outbox, transfers.check_transfers,
]  # fmt: skip


class Command(BaseCommand):
    help = (
        "Checks the settings, the database and what must always hold in it, the disks, the permissions of files,"
        " the last backup and the daily work. Says how to repair what is wrong. Exits with 1 if there are errors."
        " Changes nothing, and may run while the server runs."
    )
    # They are in the way of the command that explains what is wrong.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, json: bool, **options: Any) -> None:
        # Several checks may fail for the same reason.
        findings = list(dict.fromkeys(find()))
        (self.print_json if json else self.print_text)(findings)
        if any(finding.level == Level.ERROR for finding in findings):
            sys.exit(1)

    def print_json(self, findings: list[Finding]) -> None:
        self.stdout.write(json.dumps([asdict(finding) for finding in findings], indent=2))

    def print_text(self, findings: list[Finding]) -> None:
        for finding in findings:
            self.stdout.write(f"{finding.level:<8} {finding.subject}: {finding.message}")
            if finding.advice:
                self.stdout.write(f"         → {finding.advice}")


def find() -> Iterator[Finding]:
    for check in INSTALLATION:
        yield from check()
    try:
        yield from database.check_connection()
    except DatabaseError as problem:
        yield database.explain_connection_error(problem)
        return
    found = [finding for check in DATABASE for finding in run(check)]
    yield from found
    if not any(finding.subject in ("migrations", "database") and finding.level == Level.ERROR for finding in found):
        for check in ACCOUNTS:
            yield from run(check)


def run(check: Check) -> Iterator[Finding]:
    """Run a check of the database, which may be damaged."""
    try:
        yield from list(check())
    except DatabaseError as problem:
        # PostgreSQL's other lines show where in the statement.
        message, *_ = str(problem).splitlines()
        yield error("database", f"it cannot be read: {message}", database.RESTORE)
