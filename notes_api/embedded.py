"""What only the embedded SQLite needs."""

from django.db import connection, transaction

# Milliseconds to wait for readers that still need the log.
PATIENCE = 1000


def forget_log() -> None:
    """Empty the write-ahead log into the file, once the transaction is over: it holds earlier texts.

    The file itself keeps nothing, with `secure_delete`. Where a reader is in the way for longer, the log is written
    over in time, or emptied by whoever comes next.
    """
    if connection.vendor == "sqlite":
        transaction.on_commit(empty_log, robust=True)


def empty_log() -> None:
    with connection.cursor() as cursor:
        usual = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE:d}")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute(f"PRAGMA busy_timeout = {usual:d}")
