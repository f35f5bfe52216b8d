"""Deleting many rows in short transactions, so that nobody waits long for a lock."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import connection, models, transaction

Key = TypeVar("Key")

# What one transaction deletes at most: rows, and bytes of text unless a single row has more.
MAX_ROWS, MAX_BYTES = 100, 1_048_576


def in_batches(rows: Iterable[tuple[Key, int]]) -> Iterator[list[Key]]:
    """Yield the keys of rows, which come with their sizes in bytes, in batches of limited size.

    Between two batches it rests for as long as the caller has worked, so that at least half of the time is for others.
    """
    for batch in split(rows):
        began = time.monotonic()
        yield batch
        time.sleep(time.monotonic() - began)


def split(rows: Iterable[tuple[Key, int]]) -> Iterator[list[Key]]:
    batch: list[Key] = []
    room = MAX_BYTES
    for key, size in rows:
        if batch and (len(batch) == MAX_ROWS or size > room):
            yield batch
            batch, room = [], MAX_BYTES
        batch.append(key)
        room -= size
    if batch:
        yield batch


def delete_in_batches(rows: models.QuerySet[Any]) -> int:  # Any: of any model
    """Delete small rows in short transactions; return their number. Those that no longer match meanwhile are kept."""
    with unlimited_statements():
        ids = list(rows.values_list("pk", flat=True))
    label = rows.model._meta.label
    batches = in_batches((pk, 0) for pk in ids)
    return sum(rows.filter(pk__in=batch).delete()[1].get(label, 0) for batch in batches)


@contextmanager
def unlimited_statements() -> Iterator[None]:
    """Read for as long as it takes: on PostgreSQL, REQUEST_TIMEOUT also limits each statement of a command."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
        yield
