"""CPU time and memory of processes, from Linux's /proc."""

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Memory:
    """Bytes: the largest resident set of one process, and the proportional set size of all."""

    largest: int
    together: int


def stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third on; the second may contain spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def parent_of(pid: int) -> int:
    return int(stat(pid)[1])


def children_of_all() -> dict[int, list[int]]:
    """Return the children of every process."""
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has just ended
                found.setdefault(parent_of(int(entry.name)), []).append(int(entry.name))
    return found


def family_of(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    children, family = children_of_all(), [pid]
    for member in family:
        family += children.get(member, [])
    return family


def cpu_seconds(pid: int) -> float:
    """Return user and system time of the process tree, including ended processes, whose time parents inherit."""
    total = 0
    for member in family_of(pid):
        with suppress(OSError):  # it has just ended; its parent has inherited its time
            total += sum(map(int, stat(member)[11:15]))
    return total / TICKS


def memory_of_workers(pid: int) -> Memory:
    """Return the memory of the workers without their supervisor, or of the process if it serves the requests itself."""
    workers = children_of_all().get(pid) or [pid]
    return Memory(
        largest=max(kilobytes(worker, "Rss") for worker in workers) * 1024,
        together=sum(kilobytes(worker, "Pss") for worker in workers) * 1024,
    )


def kilobytes(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
