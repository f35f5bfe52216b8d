"""Count the changes that a naive sync cursor skips: `python -m benchmarks.experiments.naive_cursor` (PostgreSQL).

Twelve writers insert rows in transactions of a few milliseconds. One reader follows them with each kind of cursor: a
sequence, a timestamp, and a clock row that each transaction increments first, as the server does.
"""

import os
import random
import threading
import time

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.tests.settings")
django.setup()

from notes_api.tests.live_server import scratch_database

WRITERS, SECONDS = 12, 5
COLUMNS = {"a sequence": "number", "a timestamp": "moment", "the clock": "version"}
TABLES = (
    "CREATE TABLE clock (value bigint); INSERT INTO clock VALUES (0);"
    "CREATE TABLE change (number bigserial PRIMARY KEY, moment timestamptz DEFAULT clock_timestamp(), version bigint)"
)


class Follower:
    """A reader that asks for rows after the last one it has seen."""

    def __init__(self, column):
        self.column, self.last, self.seen = column, None, set()

    def look(self, connection):
        beyond = f"WHERE {self.column} > %s" if self.last else ""
        rows = connection.execute(
            f"SELECT number, {self.column} FROM change {beyond} ORDER BY {self.column}",
            [self.last] if self.last else [],
        ).fetchall()
        self.seen |= {number for number, _ in rows}
        self.last = rows[-1][1] if rows else self.last


def write(database, is_over, *, ticks):
    with psycopg.connect(**database.address, dbname=database.name) as connection:
        while not is_over.is_set():
            tick = "UPDATE clock SET value = value + 1 RETURNING value" if ticks else "SELECT 0"
            version = connection.execute(tick).fetchone()[0]
            connection.execute("INSERT INTO change (version) VALUES (%s)", [version])
            time.sleep(random.uniform(0, 0.004))
            connection.commit()


def follow(database, names, *, ticks):
    """Return the number of rows and how many each follower has missed."""
    database.query("TRUNCATE change RESTART IDENTITY")
    is_over = threading.Event()
    writers = [
        threading.Thread(target=write, args=[database, is_over], kwargs={"ticks": ticks}) for _ in range(WRITERS)
    ]
    followers = {name: Follower(COLUMNS[name]) for name in names}
    with psycopg.connect(**database.address, dbname=database.name, autocommit=True) as connection:
        for writer in writers:
            writer.start()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for follower in followers.values():
                follower.look(connection)
            time.sleep(0.005)
        is_over.set()
        for writer in writers:
            writer.join()
        for follower in followers.values():
            follower.look(connection)
    rows = database.query("SELECT count(*) FROM change")[0][0]
    return rows, {name: rows - len(follower.seen) for name, follower in followers.items()}


def main():
    with scratch_database() as database:
        database.query(TABLES)
        for names, ticks in ((["a sequence", "a timestamp"], False), (["the clock"], True)):
            rows, missed = follow(database, names, ticks=ticks)
            for name, count in missed.items():
                print(f"{name:12} {count:5} of {rows} skipped ({count / rows:.1%})")


if __name__ == "__main__":
    main()
