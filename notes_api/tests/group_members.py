"""Threads that write over the shared connection of a process, on a database of their own."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from notes_api.db.sqlite.group_commit import SharedWriter

# Seconds after which a test gives up.
WAIT = 10


class Members:
    """A shared writer on a file of its own, and threads that write one number each."""

    def __init__(self, path):
        self.path = path
        self.writer = SharedWriter(f"{path}-lock")
        self.commits = []
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
            database.execute("CREATE TABLE number (n, parent REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        database.close()

    def connect(self):
        shared = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        shared.execute("PRAGMA foreign_keys = ON")
        shared.set_trace_callback(lambda sql: self.commits.append(sql) if sql == "COMMIT" else None)
        return shared

    def write(self, number, parent=None, *, is_kept=True, inside=lambda shared: None):
        shared = self.writer.join(self.connect)
        shared.execute("INSERT INTO number VALUES (?, ?)", [number, parent])
        inside(shared)
        self.writer.leave(is_kept=is_kept)

    @property
    def stored(self):
        database = sqlite3.connect(self.path)
        try:
            return sorted(number for (number,) in database.execute("SELECT n FROM number"))
        finally:
            database.close()

    def waiting_behind(self, *jobs):
        return waiting_behind(self.writer, *jobs)


@contextmanager
def waiting_behind(writer, *jobs):
    """Start the jobs in threads while the turn is taken, so that all wait for it; yield their outcomes."""
    assert writer.turns.acquire(WAIT)
    with ThreadPoolExecutor(len(jobs)) as threads:
        outcomes = []
        for position, job in enumerate(jobs, start=1):
            outcomes.append(threads.submit(job))
            while len(writer.turns.waiting) < position:
                threading.Event().wait(0.001)
        writer.turns.release()
        yield outcomes
