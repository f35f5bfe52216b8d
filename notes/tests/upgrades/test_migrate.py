"""`manage.py migrate`: several processes at once, tables that are in use, and what it says."""

import os
from contextlib import ExitStack, contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from notes.tests.backups import connected_to
from notes.tests.upgrades.children import Child
from notes_api.db import migration_executor, migration_lock
from notes_api.db.migration_state import read_migration_state
from notes_api.tests.live_server import new_database

pytestmark = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no such limits")
WAITING = "Another process is migrating this database. Waiting for it for up to 600 seconds."
IN_USE = "A table is in use. Trying again in 3 s."


@pytest.fixture
def empty():
    with new_database() as database, connected_to(database):
        yield database


@pytest.fixture
def _impatient(monkeypatch):
    """Waits end soon."""
    monkeypatch.setattr(migration_executor, "LOCK_TIMEOUT", 0.1)
    monkeypatch.setattr(migration_executor, "PAUSE", 0.1)
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.1)


def held_lock():
    def fail():
        raise AssertionError("nobody else holds it")

    return migration_lock.hold(connection, fail)


@contextmanager
def migrating_while_used(database):
    """Start to migrate in another process while a transaction of this one uses the tables."""
    with ExitStack() as stack:
        with held_lock():
            # Before the transaction: no process may inherit an open connection to SQLite.
            child = Child("migrate")
            child.wait_for(WAITING)
            execute = stack.enter_context(database.transaction())
            execute("SELECT title FROM notes_note")
        yield child


@pytest.mark.parametrize("database", ["empty", "oldest"])
def test_of_three_processes_one_migrates_and_the_others_find_nothing_to_do(request, database):
    request.getfixturevalue(database)

    children = [Child("migrate") for _ in range(3)]

    codes, outputs = zip(*[child.end() for child in children], strict=True)
    assert codes == (0, 0, 0), "\n".join(outputs)
    assert sum("Applying notes.0016_newest_notes... OK" in output for output in outputs) == 1
    assert sum("No migrations to apply." in output for output in outputs) == 2
    assert read_migration_state(connection).pending == []


def test_a_process_says_that_it_waits_for_another_one(one_behind):
    with held_lock():
        child = Child("migrate")
        child.wait_for(WAITING)
        assert "notes.0016_newest_notes" in read_migration_state(connection).pending

    code, output = child.end()
    assert code == 0
    assert "Applying notes.0016_newest_notes... OK" in output


def test_a_process_does_not_wait_for_ever(one_behind, monkeypatch):
    monkeypatch.setattr(migration_lock, "PATIENCE", 0)

    with held_lock():
        code, output = Child("migrate").end()

    assert code == 1
    assert "Another process is still migrating this database after" in output


@pytest.mark.parametrize("option", ["--check", "--plan"])
def test_a_look_at_pending_migrations_does_not_wait(one_behind, option):
    with held_lock():
        code, output = Child("migrate", option).end()

    assert code == (option == "--check")
    assert WAITING not in output


@pytest.mark.usefixtures("_impatient")
def test_a_migration_that_needs_a_table_lets_others_pass_and_tries_again(oldest, monkeypatch):
    with migrating_while_used(oldest) as child:
        child.wait_for(IN_USE)
        for _ in range(10):
            assert len(oldest.query("SELECT title FROM notes_note")) == 5
        child.wait_for(IN_USE, times=3)

    code, output = child.end()
    assert code == 0, output
    assert read_migration_state(connection).pending == []


@pytest.mark.usefixtures("_impatient")
def test_a_migration_that_never_gets_a_table_says_why(oldest, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(migration_executor, "PATIENCE", 0)
        with migrating_while_used(oldest) as child:
            code, output = child.end()

    assert code == 1
    assert "Other transactions have used a table for too long." in output
    call_command("migrate", verbosity=0)
    assert read_migration_state(connection).pending == []


@ON_POSTGRESQL
@pytest.mark.parametrize("state", ["oldest", "one_behind"])
def test_the_time_limits_of_requests_do_not_apply(request, state, monkeypatch):
    """`oldest` has migrations in transactions, the last one creates its index outside of any."""
    request.getfixturevalue(state)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c statement_timeout=9s -c lock_timeout=9s")
    limits = []

    def look(execute, sql, *rest):
        if "notes_note" in sql and sql.startswith(("ALTER", "CREATE")):
            with connection.connection.cursor() as cursor:
                limits.append(cursor.execute("SELECT current_setting('statement_timeout')").fetchone()[0])
        return execute(sql, *rest)

    with connection.execute_wrapper(look):
        call_command("migrate", verbosity=0)

    assert set(limits) == {"0"}
    assert connection.connection.execute("SELECT current_setting('statement_timeout')").fetchone()[0] == "9s"


@ON_POSTGRESQL
def test_a_limit_of_the_role_is_named_behind_a_pooler(one_behind, monkeypatch):
    one_behind.query(f"ALTER DATABASE {one_behind.name} SET statement_timeout = '300ms'")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "")
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)

    with one_behind.transaction() as execute:
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        execute("SELECT title FROM notes_note")
        code, output = Child("migrate").end()

    assert code == 1
    assert "run this again with DATABASE_POOLER=none" in output


@ON_POSTGRESQL
def test_an_index_does_not_wait_for_the_lock_of_its_own_migration(one_behind):
    one_behind.query(f"ALTER DATABASE {one_behind.name} SET default_transaction_isolation = 'repeatable read'")

    child = Child("migrate")

    child.wait_for("Applying notes.0016_newest_notes... OK")
    assert child.end()[0] == 0


@pytest.mark.skipif(connection.vendor != "sqlite" or os.geteuid() != 0, reason="only root can give files to others")
def test_the_lock_file_belongs_to_the_owner_of_the_database(one_behind):
    os.chown(one_behind.path, 12345, 12345)

    call_command("migrate", verbosity=0)

    assert one_behind.path.with_name("notes.sqlite3-lock").stat().st_uid == 12345


def test_a_database_that_cannot_be_reached_is_one_sentence(one_behind, monkeypatch):
    missing = one_behind.path.parent / "missing" / "notes" if connection.vendor == "sqlite" else "missing"
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "NAME", missing)
        code, output = Child("migrate").end()

    assert code == 1
    assert output.startswith("The database cannot be reached: ")
    assert "Traceback" not in output
