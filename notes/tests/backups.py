"""Backups in the tests: a database of their own for commands, and processes that are killed."""

import io
import json
import os
import re
import signal
import sqlite3
import sys
import traceback
import warnings
from contextlib import closing, contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from notes.models import Note


@contextmanager
def connected_to(database):
    """Let commands and the API of this process use another database."""
    settings = connection.settings_dict
    usual = settings["NAME"]
    connection.close()
    settings["NAME"] = getattr(database, "path", None) or database.name
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = usual


# Tables whose rows belong to a migrated database.
KEPT = "('django_content_type', 'auth_permission', 'auth_group', 'auth_group_permissions', 'django_migrations')"
EMPTY = f"""
DO $$ DECLARE names text; BEGIN
    SELECT string_agg(format('DROP SCHEMA %I CASCADE', nspname), ';') INTO names
        FROM pg_namespace WHERE nspname LIKE 'before_restore_%' OR nspname LIKE 'cloud_notes_%';
    EXECUTE coalesce(names, 'SELECT');
    SELECT string_agg(tablename, ', ') INTO names FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN {KEPT};
    EXECUTE 'TRUNCATE ' || names;
END $$"""


def empty(database):
    """Remove what a test has added to a database of PostgreSQL: to create another would take a second."""
    database.query(EMPTY)


def back_up(directory, *options):
    """Make a backup and return its path."""
    return Path(json.loads(output_of("backup", "--to", directory, "--json", *options))["file"])


def restore(path, *options):
    return output_of("restore", path, "--yes", *options)


def output_of(command, *arguments):
    output = io.StringIO()
    call_command(command, *map(str, arguments), stdout=output, stderr=io.StringIO())
    connection.close()
    return output.getvalue()


def manifest_of(backup):
    return json.loads(Path(f"{backup}.json").read_text())


def change_manifest(backup, **values):
    Path(f"{backup}.json").write_text(json.dumps({**manifest_of(backup), **values}))


def killed_at(point, occurrence, command, *arguments):
    """Run a command in a process that gets SIGKILL before a step, and return whether it came that far.

    The step is an audit event of Python or an SQL statement of Django whose text begins with the pattern `point`.
    """
    connection.close()
    with warnings.catch_warnings():
        # Other threads of this process are asleep, and the child does not need them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        run_until(point, occurrence, command, arguments)
    return os.waitpid(child, 0)[1] == signal.SIGKILL


def run_until(point, occurrence, command, arguments):
    seen = []

    def kill_at_point(event):
        if re.match(point, event):
            seen.append(event)
            if len(seen) == occurrence:
                os.kill(os.getpid(), signal.SIGKILL)

    def on_statement(execute, sql, *rest):
        kill_at_point(sql)
        return execute(sql, *rest)

    try:
        sys.addaudithook(lambda event, arguments: kill_at_point(f"{event} {arguments}"))
        with connection.execute_wrapper(on_statement):
            output_of(command, *arguments)
    except BaseException:  # noqa: BLE001  # nothing of this process may go on
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def titles():
    return sorted(Note.objects.values_list("title", flat=True))


def former_titles(database):
    """Return the titles in the database that the last restore has replaced."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(next(database.path.parent.glob("*before-restore*")))) as former:
            return [title for (title,) in former.execute("SELECT title FROM notes_note")]
    schema = database.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_restore_%'")[-1][0]
    return [title for (title,) in database.query(f"SELECT title FROM {schema}.notes_note")]


def leftovers(database):
    """Return what is beside the database and the former ones."""
    if connection.vendor == "sqlite":
        return [path.name for path in database.path.parent.iterdir() if "restoring" in path.name]
    return database.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'cloud_notes_%'")
