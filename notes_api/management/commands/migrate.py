"""`manage.py migrate`: Django's command, which several machines may run at once while the server runs."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections

from notes_api.db import migration_lock
from notes_api.db.migration_executor import PAUSE, PatientExecutor, is_lock_timeout
from notes_api.db.migration_state import read_migration_state

# Django's command has no other place to name it.
migrate.MigrationExecutor = PatientExecutor  # type: ignore[attr-defined]

WAITING = f"Another process is migrating this database. Waiting for it for up to {migration_lock.PATIENCE} seconds."
STILL_LOCKED = (
    f"Another process is still migrating this database after {migration_lock.PATIENCE} seconds. Let it finish, then run"
    " this again."
)
LOCK_WAIT = f"\n    A table is in use. Trying again in {PAUSE:.0f} s."
TABLE_IN_USE = (
    "{error}\nOther transactions have used a table for too long. On PostgreSQL, pg_stat_activity shows them. Nothing is"
    " half done: wait for them or end them, then run this again."
)
CANCELED = (
    "{error}\nIf statement_timeout is set for the role, run this again with DATABASE_POOLER=none, and DATABASE_HOSTNAME"
    " and DATABASE_PORT of PostgreSQL itself instead of a pooler."
)
# PostgreSQL's query_canceled.
QUERY_CANCELED = "57014"


class Command(migrate.Command):
    help = (
        f"{migrate.Command.help} The server may run meanwhile. If several processes run this, one migrates, and the"
        " others wait for it. If it is interrupted, run it again."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        connection = connections[options["database"]]
        try:
            with migration_lock.hold(connection, lambda: self.stderr.write(WAITING)):
                super().handle(*args, **options)
                if notice := read_migration_state(connection).newer_version_notice:
                    self.stderr.write(notice)
        except migration_lock.StillLocked:
            raise CommandError(STILL_LOCKED) from None
        except migration_lock.Unavailable as error:
            raise CommandError(f"The database cannot be reached: {error}") from None
        except OperationalError as error:
            if message := explain(error):
                raise CommandError(message) from error
            raise

    def migration_progress_callback(
        self, action: str, migration: Any = None, fake: bool = False
    ) -> None:  # Any: as above
        super().migration_progress_callback(action, migration, fake)
        if action == "lock_wait":
            self.stderr.write(LOCK_WAIT)


def explain(error: OperationalError) -> str:
    """Return what to do about an error; empty if it is not known."""
    if is_lock_timeout(error):
        return TABLE_IN_USE.format(error=error)
    if getattr(error.__cause__, "sqlstate", None) == QUERY_CANCELED:
        return CANCELED.format(error=error)
    return ""
