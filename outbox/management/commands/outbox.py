import json as json_module
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from outbox.models import Entry
from outbox.models.entry import EntryQuerySet, State

UNITS = {"d": 86400, "h": 3600, "min": 60, "s": 1}


class Command(BaseCommand):
    help = (
        "Lists the work that waits, such as mails, and what has failed, oldest first. Tries it again with --retry or"
        " --all-failed: a running server begins within a minute."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", choices=[str(state) for state in State])
        parser.add_argument("--kind", help="such as mail")
        parser.add_argument("--account", metavar="EMAIL", help="only what is about the account with this address")
        parser.add_argument("--json", action="store_true", help="print the entries as JSON")
        retry = parser.add_mutually_exclusive_group()
        retry.add_argument("--retry", nargs="+", type=parse_id, metavar="ID", help="try these entries again now")
        retry.add_argument("--all-failed", action="store_true", help="try all entries again that have failed")

    def handle(self, *args: Any, retry: list[UUID] | None, all_failed: bool, **options: Any) -> None:
        # Any: Django's signature
        entries = select(**{name: options[name] for name in ("state", "kind", "account")})
        if retry:
            self.report(retry_each(entries, retry))
        elif all_failed:
            self.report(entries.failed().retry())
        elif options["json"]:
            self.stdout.write(json_module.dumps([describe(entry) for entry in entries.iterator()], indent=2))
        else:
            for line in lines_about(entries):
                self.stdout.write(line)

    def report(self, count: int) -> None:
        self.stdout.write(f"Entries that are tried again: {count}. A running server begins within a minute.")


def parse_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ArgumentTypeError(f"'{text}' is not the id of an entry, as `manage.py outbox` prints them") from None


def select(state: str | None, kind: str | None, account: str | None) -> EntryQuerySet:
    entries = Entry.objects.order_by("pk")
    if state:
        entries = entries.in_state(State(state))
    if kind:
        entries = entries.of_kinds([kind])
    if account:
        user = get_user_model().objects.find_by_email(account)
        if user is None:
            raise CommandError(f"No account has the e-mail address {account}.")
        entries = entries.of(user.pk)
    return entries


def retry_each(entries: EntryQuerySet, ids: list[UUID]) -> int:
    """Retry the entries with these ids. Raises `CommandError`."""
    chosen = entries.with_ids(ids)
    if missing := set(ids) - {entry.pk for entry in chosen}:
        named = ", ".join(sorted(map(str, missing)))
        raise CommandError(f"Not in this list of the outbox, perhaps done or deleted: {named}. Nothing was changed.")
    return chosen.retry()


def describe(entry: Entry) -> dict[str, object]:
    return {
        "id": str(entry.pk),
        "kind": entry.kind,
        "state": entry.state,
        "account_id": entry.user_id and str(entry.user_id),
        "request_id": entry.request_id,
        "attempts": entry.attempts,
        "created_at": entry.created_at.isoformat(),
        "next_attempt_at": entry.due_at.isoformat() if entry.state == State.WAITING else None,
        "expires_at": entry.expires_at.isoformat(),
        "failed_at": entry.failed_at and entry.failed_at.isoformat(),
        "last_error": entry.last_error,
    }


def lines_about(entries: EntryQuerySet) -> Iterator[str]:
    counts = dict.fromkeys(State, 0)
    for entry in entries.iterator():
        counts[entry.state] += 1
        yield (
            f"{entry.pk} {entry.kind:<17} {entry.state:<7} {attempts_of(entry)}, {age_of(entry.created_at)} old"
            f"{when_next(entry)}, account {entry.user_id or 'unknown'}"
        )
        if entry.last_error:
            yield f"         → {entry.last_error}"
    yield ", ".join(f"{count} {state}" for state, count in counts.items())


def attempts_of(entry: Entry) -> str:
    return f"{entry.attempts:>2} attempt{'' if entry.attempts == 1 else 's'}"


def when_next(entry: Entry) -> str:
    if entry.state != State.WAITING:
        return ""
    seconds = (entry.due_at - timezone.now()).total_seconds()
    return ", due" if seconds <= 0 else f", next attempt in {duration(seconds)}"


def age_of(moment: datetime) -> str:
    return duration((timezone.now() - moment).total_seconds())


def duration(seconds: float) -> str:
    unit, size = next(((unit, size) for unit, size in UNITS.items() if seconds >= size), ("s", 1))
    return f"{max(0, int(seconds // size))} {unit}"
