"""CPU and memory of a server's workers, and of the PostgreSQL backends that work for them."""

import math
import os
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from notes_api.tests.live_server import Postgresql

TICK = os.sysconf("SC_CLK_TCK")
MIB = 1024 * 1024
BACKENDS = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"""
# A worker may go on after its response, for example with a mail. It is idle after two readings without a tick.
PAUSE = 0.02
LONGEST_WORK = 120


@dataclass
class Response:
    """The status and bytes of a response; 0 without a response."""

    status: int
    size: int


@dataclass
class Cost:
    """CPU seconds of server and database, and MiB that the largest worker took at its peak beyond what it had."""

    cpu: float
    memory: float


class Meter:
    def __init__(self, server, connection=None):
        self.server = server
        self.workers = server.workers()
        self.connection = connection

    def measure(self, send):
        """Return what `send` returns and its `Cost`; infinite if a worker did not survive it."""
        try:
            return self._measure(send)
        except FileNotFoundError:
            self.server.wait_until(self.server.is_up, seconds=60)
            self.workers = self.server.workers()
            return Response(0, 0), Cost(math.inf, math.inf)

    def _measure(self, send):
        for pid in self.workers:
            # Let the high-water mark begin at the present size.
            Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
        sizes = {pid: resident(pid, "VmRSS") for pid in self.workers}
        before = self._cpu()
        result = send()
        after = self._settled_cpu()
        memory = max(resident(pid, "VmHWM") - size for pid, size in sizes.items())
        return result, Cost(sum(used - before.get(pid, 0) for pid, used in after.items()), memory)

    def _cpu(self):
        backends = [row[0] for row in self.connection.execute(BACKENDS)] if self.connection else []
        return {pid: used for pid in [*self.workers, *backends] if (used := cpu(pid)) is not None}

    def _settled_cpu(self):
        end = time.monotonic() + LONGEST_WORK
        used = self._cpu()
        while time.monotonic() < end:
            time.sleep(PAUSE)
            now = self._cpu()
            if sum(now.values()) - sum(used.values()) < 1.5 / TICK:
                return now
            used = now
        return used


@contextmanager
def metering(server, database):
    if isinstance(database, Postgresql):
        with psycopg.connect(**database.address, dbname=database.name, autocommit=True) as connection:
            yield Meter(server, connection)
    else:
        yield Meter(server)


def cpu(pid):
    """Return the CPU seconds of a process; None if it is gone or on another machine."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    return None


def resident(pid, what):
    """Return `VmRSS` or `VmHWM` of a process in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(what)
