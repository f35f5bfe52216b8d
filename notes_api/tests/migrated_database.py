"""The migrated database of a test run: its first process makes it, and each process tests on a copy.

`directory` is the same for all processes of the run.
"""

import fcntl
import os
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection
from django.test.utils import setup_databases

# What the name of the copy ends in. Without xdist there is only one process.
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
# The database outside of tests.
ORIGINAL = connection.settings_dict["NAME"]


def connect_to_copy(directory):
    """Connect this process to a copy, and return the name of the migrated database, which has no rows."""
    users = directory / "users"
    users.mkdir(exist_ok=True)
    with locked(directory):
        if any(users.iterdir()):
            connect_to(connection.creation._get_test_db_name())
        else:
            setup_databases(verbosity=0, interactive=False, serialized_aliases=[])
            # The file of SQLite is complete only then.
            connection.close()
        (users / PROCESS).touch()
        migrated = connection.settings_dict["NAME"]
        connection.creation.clone_test_db(PROCESS, verbosity=0)
    connect_to(connection.creation.get_test_db_clone_settings(PROCESS)["NAME"])
    return migrated


def delete_copy(directory, migrated):
    """Delete the copy of this process and, after the last one that uses it, the migrated database."""
    users = directory / "users"
    with locked(directory):
        connection.creation.destroy_test_db(migrated, verbosity=0)
        (users / PROCESS).unlink()
        if not any(users.iterdir()):
            connection.creation.destroy_test_db(ORIGINAL, verbosity=0)
    connect_to(ORIGINAL)


@contextmanager
def locked(directory):
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def connect_to(name):
    connection.settings_dict["NAME"] = name


def connections_allowed():
    """Return how many connections PostgreSQL allows, or its default. If it does not respond, the tests will say so."""
    parameters = connection.get_connection_params() | {"dbname": "postgres"}
    with suppress(psycopg.OperationalError), psycopg.connect(**parameters) as postgresql:
        return int(postgresql.execute("SHOW max_connections").fetchone()[0])
    return 100
