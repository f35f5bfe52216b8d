"""Runs an import from where it is: groups of notes, each with its part of the report in one transaction."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from django.db import DatabaseError, IntegrityError, transaction

from notes.models import Import, quota
from notes.models.imported import Item
from notes.transfer.budget import InputRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import fit_text
from notes.transfer.formats import FORMATS
from notes.transfer.ids import NoteIds
from notes.transfer.imports.group import MAX_NOTES, Group
from notes.transfer.imports.group_writer import Author, leave_out_excess, write_group
from notes.transfer.imports.planned_note import PlannedNote, failure_item, size_of
from notes.transfer.inputs import open_reader, read_drafts
from notes_api.db.storage import is_disk_full, storage

# Bytes of text that one transaction writes at most, unless a single note has more.
MAX_BYTES = 1_048_576
# After a group it rests for this part of the time that the group took, so that the writes of others come first.
REST = 0.15
FULL = "storage_full", "The disk of the server is full. Import the same file again when its operator has made room."

Read = Draft | Failure


class Interruption(Protocol):
    """Decides whether the work goes on."""

    def before_group(self) -> None:
        """May raise an exception that ends the work, which then goes on later."""

    def in_transaction(self) -> None:
        """May raise an exception so that this group is not written."""


class Run:
    """One attempt of an import, and what it knows of the notes before the present group."""

    def __init__(self, imported: Import, interruption: Interruption) -> None:
        self.imported, self.interruption = imported, interruption
        self.ids = NoteIds(imported.user_id)
        # Bytes that still fit into the account if nothing is written.
        self.room = quota.estimate_remaining(imported.user_id) if imported.dry_run else None

    def skip_done(self, items: Iterator[Read]) -> None:
        """Take what an earlier attempt has done from the input."""
        for done, item in zip(self.imported.recorded(), items, strict=False):
            if isinstance(item, Draft):
                self.ids.assign(item)
                if self.room is not None and done["status"] == "created":
                    self.room -= size_of(item)


def run_import(imported: Import, source: Path | BinaryIO, interruption: Interruption) -> None:
    """Write what is left of the input. Ends the import, unless an exception interrupts it."""
    options = Options(hashtags=imported.hashtags)
    try:
        with open_reader(source, imported.name or "input") as reader:
            items = read_drafts(reader, FORMATS[imported.format], options)
            run = Run(imported, interruption)
            run.skip_done(items)
            write_all(run, items)
    except InputRefused as refusal:
        imported.end(refusal.code, fit_text(str(refusal)))
    except DatabaseError as error:
        if not is_disk_full(error):
            raise
        imported.end(*FULL)


def write_all(run: Run, items: Iterator[Read]) -> None:
    imported = run.imported
    last: Read | None = None
    for group in grouped(items):
        if storage.refuses_to_store:
            imported.end(*FULL)
            return
        run.interruption.before_group()
        began = time.monotonic()
        write(run, group)
        last = group[-1]
        time.sleep(REST * (time.monotonic() - began))
    if isinstance(last, Failure) and not last.source:
        imported.end(last.code, fit_text(last.message))
    else:
        imported.end()


def grouped(items: Iterator[Read]) -> Iterator[list[Read]]:
    group: list[Read] = []
    size = 0
    for item in items:
        item_size = size_of(item) if isinstance(item, Draft) else 0
        if group and (len(group) == MAX_NOTES or size + item_size > MAX_BYTES):
            yield group
            group, size = [], 0
        group.append(item)
        size += item_size
    if group:
        yield group


def write(run: Run, items: list[Read]) -> None:
    group = Group(run.ids)
    outcomes = [group.add(item) if isinstance(item, Draft) else item for item in items]
    try:
        write_once(run, group, outcomes)
    except IntegrityError:
        # Another account has taken an id since it was compared. The second comparison sees that.
        write_once(run, group, outcomes)


def write_once(run: Run, group: Group, outcomes: list[PlannedNote | Failure]) -> None:
    """Write the notes of a group and its part of the report in one transaction: after a restart it is there, or not."""
    imported = run.imported
    group.compare()
    if not imported.dry_run:
        for note in group.new:
            note.prepare()
    elif run.room is not None:
        run.room -= leave_out_excess(group, run.room)
    with transaction.atomic():
        if not imported.dry_run:
            write_group(group, Author(imported.written_by, imported.changed_by))
        run.interruption.in_transaction()
        imported.record([report(outcome) for outcome in outcomes])


def report(outcome: PlannedNote | Failure) -> Item:
    return failure_item(outcome) if isinstance(outcome, Failure) else outcome.as_item()
