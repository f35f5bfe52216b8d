"""The flags that say that this process is shutting down, and callbacks that run when the shutdown begins."""

import threading
from collections.abc import Callable

_has_begun = threading.Event()
_is_replaced = threading.Event()
_callbacks: list[Callable[[], None]] = []


def on_shutdown(callback: Callable[[], None]) -> None:
    """Register a function to call when this process begins to shut down."""
    _callbacks.append(callback)


def begin_shutdown(*, is_replaced: bool) -> None:
    """Set the flags and run the callbacks. `is_replaced` says whether another process serves in its place."""
    if is_replaced:
        _is_replaced.set()
    _has_begun.set()
    for callback in _callbacks:
        callback()


def is_shutting_down() -> bool:
    return _has_begun.is_set()


def is_service_ending() -> bool:
    """Whether this process is shutting down and no other serves in its place."""
    return _has_begun.is_set() and not _is_replaced.is_set()
