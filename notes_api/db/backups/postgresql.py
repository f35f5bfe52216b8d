"""Backups of PostgreSQL: dumps in pg_dump's custom format, restored beside the present tables.

The tables move between schemas, which any owner of a database may create; to create databases takes more rights.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from notes_api.db.backups.client_programs import ClientPrograms, copy
from notes_api.db.backups.engine import BackupError, Fetch, Progress, T

# The schemas of a restore: the new tables until they replace the present ones, and these while the new ones are loaded.
STAGED, SET_ASIDE = "cloud_notes_restoring", "cloud_notes_set_aside"
# Seconds to wait for others that use the tables.
LOCK_TIMEOUT = 10
RESTORE_LOCK = 7_310_518_402_664_117
# What newer programs write and an older server does not know.
UNKNOWN_SETTING = b"SET transaction_timeout"
# Tables and views of a schema, without those of extensions.
MOVE = """
DO $move$ DECLARE relation regclass; BEGIN
    FOR relation IN
        SELECT oid FROM pg_catalog.pg_class
        WHERE relnamespace = '{source}'::pg_catalog.regnamespace AND relkind IN ('r', 'p', 'v', 'm')
            AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
                WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objid = pg_class.oid AND deptype = 'e')
    LOOP
        EXECUTE pg_catalog.format('ALTER TABLE %s SET SCHEMA {target}', relation);
    END LOOP;
END $move$;
"""


class PostgresqlEngine:
    name, suffix = "postgresql", ".dump"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.settings = connection.settings_dict
        if self.settings["DISABLE_SERVER_SIDE_CURSORS"]:
            raise BackupError(
                "A pooler in transaction mode cannot be used for this. Set DATABASE_POOLER=none for this command, and"
                " DATABASE_HOSTNAME and DATABASE_PORT to PostgreSQL itself."
            )
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_schema()")
            self.schema = cursor.fetchone()[0]
        self.programs = ClientPrograms(self.settings, connection.pg_version // 10000)  # type: ignore[attr-defined]

    @property
    def source(self) -> str:
        return f"{self.settings['HOST']}:{self.settings['PORT']}/{self.settings['NAME']}"

    def fetch(self, statement: str) -> list[tuple[object, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def execute(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)

    def write(self, path: Path, describe: Callable[[Fetch], T], progress: Progress) -> T:
        self.programs.require("pg_dump", "pg_restore")
        with transaction.atomic():
            self.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            # The snapshot exists as long as this transaction, which waits for pg_dump.
            self.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            snapshot = self.fetch("SELECT pg_export_snapshot()")[0][0]
            dump = ("pg_dump", "--format=custom", "--no-password", f"--schema={self.quoted(self.schema)}")
            with self.programs.reading_from(*dump, f"--snapshot={snapshot}") as output, path.open("wb") as file:
                copy(output, file, lambda size: progress(size, 0))
            return describe(self.fetch)

    def check(self, path: Path) -> None:
        self.programs.require("pg_restore")
        try:
            self.programs.run("pg_restore", f"--file={os.devnull}", str(path))
        except BackupError as error:
            raise BackupError(f"{path} cannot be read: {error}") from error

    def require_unused(self) -> None:
        self.programs.require("pg_restore", "psql")
        application = self.settings["OPTIONS"]["application_name"]
        others = self.fetch(
            "SELECT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        if (application,) in others:
            raise BackupError("The server uses the database. Stop it on all machines, or run this with --force.")

    @contextmanager
    def staging(self) -> Iterator[None]:
        options = self.settings["OPTIONS"]
        usual = options.get("options", "")
        with restore_lock(self.connection):
            try:
                yield
            finally:
                options["options"] = usual
                self.connection.close()
                with suppress(Exception):
                    self.execute(f"DROP SCHEMA IF EXISTS {STAGED} CASCADE")

    def load(self, path: Path, progress: Progress) -> None:
        """Load the dump in one transaction, which leaves the present tables where they are.

        The dump names its schema. So the present tables leave it for the time of the transaction.
        """
        restore = ("pg_restore", "--file=-", "--no-owner", "--no-privileges", f"--schema={self.schema}", str(path))
        psql = ("psql", "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-")
        with self.programs.writing_to(*psql) as script:
            script.write(self.before_loading().encode())
            # While psql waits for locks, pg_restore reads.
            script.flush()
            with self.programs.reading_from(*restore) as output:
                for line in output:
                    if self.programs.server_version >= 17 or not line.startswith(UNKNOWN_SETTING):
                        script.write(line)
                    if line.startswith(b"CREATE"):
                        break
                copy(output, script, lambda size: progress(size, 0))
            # Without this line, after any failure, psql ends and PostgreSQL rolls everything back.
            script.write(self.after_loading().encode())
        self.settings["OPTIONS"]["options"] += f" -c search_path={STAGED}"
        self.connection.close()

    def before_loading(self) -> str:
        return (
            f"BEGIN; SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'; DROP SCHEMA IF EXISTS {STAGED} CASCADE;"
            f" CREATE SCHEMA {SET_ASIDE}; {self.move(self.schema, SET_ASIDE)}"
        )

    def after_loading(self) -> str:
        return (
            f"CREATE SCHEMA {STAGED}; {self.move(self.schema, STAGED)} {self.move(SET_ASIDE, self.schema)}"
            f" DROP SCHEMA {SET_ASIDE}; COMMIT;\n"
        )

    def swap(self, label: str) -> str:
        kept = label.replace("-", "_")
        self.execute("ANALYZE")
        with transaction.atomic():
            self.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'")
            self.execute(f"CREATE SCHEMA {kept}")
            self.execute(self.move(self.schema, kept))
            self.execute(self.move(STAGED, self.schema))
        return (
            f"The former tables are in the schema {kept} of the same database. When you no longer need them:"
            f" DROP SCHEMA {kept} CASCADE"
        )

    def move(self, source: str, target: str) -> str:
        return MOVE.format(source=self.quoted(source), target=self.quoted(target))

    def quoted(self, name: str) -> str:
        return self.connection.ops.quote_name(name)


@contextmanager
def restore_lock(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Hold a lock of PostgreSQL, on a connection of its own, so that one restore runs at a time."""
    holder = connection.copy()
    holder.settings_dict["OPTIONS"]["application_name"] = "notes_api_restore"
    try:
        with holder.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [RESTORE_LOCK])
            if not cursor.fetchone()[0]:
                raise BackupError("Another restore of this database is running.")
        yield
    finally:
        holder.close()
