"""The product as it is served, once for all tests of a run that share it."""

import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.serving import connected, logged_in, scratch_database, serving


@pytest.fixture(scope="session")
def served_database():
    with scratch_database() as database:
        yield database


@pytest.fixture(scope="session")
def product(served_database):
    """The server; whatever the tests did to it, nothing may have broken inside."""
    with serving(served_database) as server:
        yield server
        assert "Traceback" not in server.log()
        assert eventually(server.is_up)


@pytest.fixture
def stranger(product):
    """A client of the server that is not logged in."""
    with connected(product) as client:
        yield client


@pytest.fixture
def visitor(product):
    """A client of the server with a new account."""
    with logged_in(product) as client:
        yield client
