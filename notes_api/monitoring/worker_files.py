"""The files in which the workers of one server keep their metrics, so that each of them can show those of all.

prometheus-client names the files by process id and never deletes those of counters, which would be lost otherwise. Here
each worker takes a number that no living worker has, and continues with the counters of an earlier one.
"""

import fcntl
import os
from itertools import count
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead


def take_number(directory: Path) -> int:
    """Return a number that belongs to this process until it ends."""
    for number in count():
        if lock(lock_file(directory, number)) is not None:
            # The gauges of an earlier process say nothing about this one.
            delete_gauges(directory, number)
            return number
    raise AssertionError


def forget_dead_workers(directory: Path) -> None:
    """Delete the gauges of processes that have ended, such as the number of their connections."""
    for path in directory.glob("worker-*.lock"):
        if (descriptor := lock(path)) is not None:
            delete_gauges(directory, int(path.stem.partition("-")[2]))
            os.close(descriptor)


def delete_gauges(directory: Path, number: int) -> None:
    mark_process_dead(number, str(directory))  # type: ignore[no-untyped-call]  # as in prometheus-client


def lock_file(directory: Path, number: int) -> Path:
    return directory / f"worker-{number}.lock"


def lock(path: Path) -> int | None:
    """Return a descriptor that holds the lock until its process ends or closes it; None if another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
