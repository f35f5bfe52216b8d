"""Fixtures of the served product; the tests of a worker share one server and its database."""

import pytest

from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import connected, logged_in, scratch_database, serving


@pytest.fixture(scope="session")
def template(django_db_setup):
    """The name of a migrated database without rows, to copy."""
    return django_db_setup


@pytest.fixture(scope="session")
def served_database(template):
    with scratch_database(template) as database:
        yield database


@pytest.fixture(scope="module")
def mail_database(template):
    """A database of the module's own: every server sends the mails that wait in its database."""
    with scratch_database(template) as database:
        yield database


@pytest.fixture(scope="session")
def product(served_database):
    """The server; after the tests its log must contain no traceback."""
    with serving(served_database, WEB_CONCURRENCY="2") as server:
        yield server
        assert "Traceback" not in server.log()
        assert eventually(server.is_up)


@pytest.fixture(scope="session")
def strict_product(served_database):
    """A server that limits log-ins."""
    with serving(served_database, WEB_CONCURRENCY="2", THROTTLE_LOGIN="10/15m") as server:
        yield server


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
