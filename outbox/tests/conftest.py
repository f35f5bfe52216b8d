"""Fixtures of these tests: what the work of the kind \"test\" is."""

import pytest

from outbox.kinds import handlers


@pytest.fixture
def done(monkeypatch):
    """The payloads that the handler of the kind "test" has got. Its work is done with its transaction."""
    done = []
    monkeypatch.setitem(handlers, "test", done.append)
    return done


@pytest.fixture
def handle(monkeypatch):
    """`handle(function)` lets the function do the work of the kind "test", outside of a transaction."""
    return lambda function: monkeypatch.setitem(handlers, "test", lambda payload: lambda: function(payload))
