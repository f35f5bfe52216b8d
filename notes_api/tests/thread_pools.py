"""Thread pools with a database that hangs."""

import asyncio
import socket
from types import SimpleNamespace

from notes_api.server.thread_pool import Job, ThreadPool


class FakeConnection:
    """A Django connection whose server can be silent: a frozen PostgreSQL is a socket that sends nothing."""

    def __init__(self):
        self.closed = 0
        self.open()

    def open(self):
        self.ours, self.theirs = socket.socketpair()
        self.connection = SimpleNamespace(pgconn=SimpleNamespace(socket=self.ours.fileno()))

    def query(self):
        """Wait for the server, like psycopg: an empty read means that the connection was cut."""
        self.ours.settimeout(5)
        return self.ours.recv(1)

    def close(self):
        self.closed += 1
        self.ours.close()
        self.theirs.close()
        self.connection = None


def run(main, threads=1):
    """Run a coroutine function with a thread pool as its argument."""

    async def with_pool():
        pool = ThreadPool("test", threads)
        try:
            return await main(pool)
        finally:
            pool.stop()

    return asyncio.run(with_pool())


async def run_past_deadline(pool, work):
    """Run the work, with a deadline that comes after the work has started: on a busy machine, that may take long."""
    job = Job(work)
    pool.put(job)
    while not job.has_started:
        await asyncio.sleep(0.01)
    job.set_deadline(job.loop.time() + 0.05)
    return await pool.wait_for(job)
