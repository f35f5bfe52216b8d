"""`manage.py restore` is killed: the database is the former one or the whole new one."""

import pytest
from django.db import connection

from notes.tests.backups import killed_at, leftovers, restore, titles

SQLITE = {
    "copied": ("sqlite3.connect/handle", 5),
    "migrated": ('UPDATE "accounts_clock"', 1),
    "before the file has a second name": ("os.link", 1),
    "before the file is replaced": ("os.rename .*restoring", 1),
}
POSTGRESQL = {
    "while the dump is loaded": ("subprocess.Popen .*--no-owner", 1),
    "loaded": ("SELECT app, name", 1),
    "migrated": ('UPDATE "accounts_clock"', 1),
    "before the tables are moved": ("CREATE SCHEMA before", 1),
    "while the tables are moved": (r"\s*DO ", 2),
}
STEPS = SQLITE if connection.vendor == "sqlite" else POSTGRESQL


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_restore_leaves_the_former_database(backup, own_database, step):
    assert killed_at(*STEPS[step], "restore", backup, "--yes")

    assert titles() == ["Written later"]
    restore(backup)
    assert titles() == ["Backed up"]
    assert leftovers(own_database) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has nothing to clean up after the last step")
def test_a_restore_that_is_killed_after_the_last_step_is_whole(backup):
    assert killed_at("os.remove .*restoring", 6, "restore", backup, "--yes")

    assert titles() == ["Backed up"]
