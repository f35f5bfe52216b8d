"""Whether this process has begun to shut down."""

import threading

_stop = threading.Event()


def begin_draining() -> None:
    _stop.set()


def is_draining() -> bool:
    return _stop.is_set()
