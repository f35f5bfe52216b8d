"""Functions that only the embedded SQLite needs."""

from django.db import connection, transaction

# Milliseconds to wait for readers that still need the write-ahead log.
TRUNCATE_TIMEOUT = 1000


def truncate_wal() -> None:
    """Truncate SQLite's write-ahead log after the current transaction, because it still contains deleted text.

    The database file itself does not, thanks to `secure_delete`. If a reader needs the log for longer, SQLite
    overwrites it later, or the next call truncates it.
    """
    if connection.vendor == "sqlite":
        transaction.on_commit(checkpoint_and_truncate, robust=True)


def checkpoint_and_truncate() -> None:
    with connection.cursor() as cursor:
        usual_timeout = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {TRUNCATE_TIMEOUT:d}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {usual_timeout:d}")
