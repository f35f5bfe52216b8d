"""Fixtures of the tests of notes."""

import pytest


@pytest.fixture
def phone(as_user, alice):
    """A client with a login session of Alice."""
    return as_user(alice)
