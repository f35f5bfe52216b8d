"""Databases of earlier versions, used by the commands and the API of this process."""

import pytest

from notes.tests.backups import connected_to
from notes.tests.upgrades.states import OLDEST, database_of


@pytest.fixture
def oldest(transactional_db):
    """A database of the first version."""
    with database_of(OLDEST) as database, connected_to(database):
        yield database


@pytest.fixture
def one_behind(transactional_db):
    """A database to which only the last of the migrations of the first release is missing."""
    with database_of("accounts-0011-notes-0015") as database, connected_to(database):
        yield database
