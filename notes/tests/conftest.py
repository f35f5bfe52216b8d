"""Fixtures of the tests of notes."""

import shutil
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from conftest import PASSWORD
from notes.tests.backups import back_up, connected_to, empty
from notes.tests.factories import make_note
from notes_api.tests.live_server import scratch_database


@pytest.fixture
def phone(as_user, alice):
    """A client with a login session of Alice."""
    return as_user(alice)


@pytest.fixture(scope="session")
def spare_database(template):
    with scratch_database(template) as database:
        yield database


@pytest.fixture
def own_database(request, template, transactional_db):
    """A migrated database that is used by the API and commands of this process, and only by this test."""
    if connection.vendor == "postgresql":
        database = request.getfixturevalue("spare_database")
        with connected_to(database):
            yield database
        empty(database)
    else:
        with scratch_database(template) as database, connected_to(database):
            yield database


@pytest.fixture(scope="session")
def original_backup(template, django_db_setup, django_db_blocker, tmp_path_factory):
    """A backup in which Alice has a note, made once for all tests."""
    with django_db_blocker.unblock(), scratch_database(template) as database, connected_to(database):
        make_note(owner=User.objects.create_user("alice@example.com", PASSWORD), title="Backed up")
        return back_up(tmp_path_factory.mktemp("backups"))


@pytest.fixture
def backup(original_backup, own_database, alice, tmp_path):
    """A copy of the backup. The database has another note."""
    make_note(owner=alice, title="Written later")
    shutil.copy(f"{original_backup}.json", tmp_path)
    return Path(shutil.copy(original_backup, tmp_path))
