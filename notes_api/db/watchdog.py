"""Frees background threads that wait for a PostgreSQL which no longer responds, though its machine does.

After a failover the thread would otherwise wait for the former primary for as long as that is frozen. Requests have
deadlines of their own.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

# Seconds that a statement may take before it is cut off. PostgreSQL ends most of them after REQUEST_TIMEOUT.
LIMIT = 10.0
INTERVAL = 1.0


def shut_socket(connection: BaseDatabaseWrapper) -> None:
    """Wake a thread that waits for PostgreSQL. Without such a connection this does nothing.

    When a database server freezes, neither `statement_timeout` nor `tcp_user_timeout` takes effect.
    """
    pgconn = getattr(connection.connection, "pgconn", None)
    if pgconn is None:
        return
    # The thread may close the connection at any moment, and another socket may then get its file descriptor. A closed
    # connection never reopens: if the descriptor is the same after `dup`, the copy is of the right socket.
    with suppress(Exception):
        descriptor = pgconn.socket
        with socket.socket(fileno=os.dup(descriptor)) as copy:
            if pgconn.socket == descriptor:
                copy.shutdown(socket.SHUT_RDWR)


class Watchdog:
    """Looks once a second at the connections of threads, and remembers since when each has waited at every look."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        # The keys are objects, a new one for each call of `watch`.
        self.watched: dict[object, BaseDatabaseWrapper] = {}
        self.waiting_since: dict[object, float] = {}
        self.thread: threading.Thread | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Cut off what this thread waits for on its connection after LIMIT seconds; it then gets an error."""
        key = object()
        with self.changed:
            self.watched[key] = connections[DEFAULT_DB_ALIAS]
            self.start()
            self.changed.notify()
        try:
            yield
        finally:
            with self.changed:
                del self.watched[key]
                self.waiting_since.pop(key, None)

    def start(self) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self.run, name="watchdog", daemon=True)
            self.thread.start()

    def run(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.watched)
                self.look()
            time.sleep(INTERVAL)

    def look(self) -> None:
        now = time.monotonic()
        waiting = {key: connection for key, connection in self.watched.items() if is_waiting(connection)}
        self.waiting_since = {key: self.waiting_since.get(key, now) for key in waiting}
        for key, since in self.waiting_since.items():
            if now - since >= LIMIT:
                shut_socket(waiting[key])


def is_waiting(connection: BaseDatabaseWrapper) -> bool:
    """Whether a statement runs. A thread may also wait for something else, such as a mail server."""
    pgconn = getattr(connection.connection, "pgconn", None)
    # The thread may close the connection at any moment.
    with suppress(psycopg.Error):
        return pgconn is not None and pgconn.transaction_status == TransactionStatus.ACTIVE
    return False


watchdog = Watchdog()
