"""`manage.py migrate` is killed: the next one completes the work, and nothing is lost."""

import os

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from notes.tests.backups import killed_at
from notes.tests.upgrades.states import OLDEST, responses_of
from notes.tests.upgrades.test_states import faults, require_kept
from notes_api.db.migration_state import read_migration_state

pytestmark = pytest.mark.django_db(transaction=True)

# Statements before which the process is killed, and which of those that begin so. Most kills that could do harm come
# first: `KILLS` says how many are tried.
RECORD = r'INSERT INTO "django_migrations"'
STEPS = [
    # Django itself records this migration after its commit, because it creates an index at its end.
    (RECORD, 5),
    (r"UPDATE notes_note SET title_bloom", 1),
    (r"DROP INDEX .*note_by_update$", 1),
    (RECORD, 20),
    (r"ALTER TABLE", 1),
    (r"CREATE TABLE", 1),
    (r'CREATE TABLE "notes_tagcount"', 1),
    (r"UPDATE notes_note SET tag_marks", 1),
    (r"INSERT INTO notes_tagcount", 1),
    (r"CREATE INDEX .*note_by_update_next", 1),
    (r"DROP INDEX .*note_by_update_next", 1),
    (r"CREATE INDEX .*newest_note", 1),
    (RECORD, 1),
    (RECORD, 12),
    (r"INSERT INTO \"auth_permission\"", 1),
]
KILLS = int(os.environ.get("KILLS", "3"))


@pytest.mark.parametrize("step", STEPS[:KILLS], ids=str)
def test_a_migration_that_is_killed_is_completed_by_the_next_one(step, oldest, as_user):
    assert killed_at(*step, "migrate", "--verbosity=0")

    call_command("migrate", verbosity=0)

    assert read_migration_state(connection).pending == []
    require_kept(responses_of(OLDEST), as_user(User.objects.get()))
    assert faults() == []
