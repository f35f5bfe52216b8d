"""What several tests of accounts arrange."""

import io
import sys
import threading

import pytest

from notes_api.errands import errands


@pytest.fixture
def held_up(settings):
    """The thread for errands is busy with something else, and forgets about them afterwards."""
    settings.ERRANDS_HAVE_A_THREAD = True
    gate = threading.Event()
    errands.add(gate.wait)
    yield
    errands.waiting.clear()
    gate.set()
    errands.drain()


@pytest.fixture
def pipe(monkeypatch):
    """`pipe("a")`: what comes from standard input."""
    return lambda text: monkeypatch.setattr(sys, "stdin", io.StringIO(text))
