"""Whether this process has begun to shut down."""

import threading
from collections.abc import Callable

_stop = threading.Event()
_farewells: list[Callable[[], None]] = []


def when_draining(farewell: Callable[[], None]) -> None:
    """Call this once the process begins to shut down."""
    _farewells.append(farewell)


def begin_draining() -> None:
    _stop.set()
    for farewell in _farewells:
        farewell()


def is_draining() -> bool:
    return _stop.is_set()
