"""`manage.py restore`: replaces the database by a backup."""

import logging
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.flows.new_epoch import EpochCounts, begin_epoch
from notes.management.backups import read_contents, verify
from notes.management.erasures import erase_again, settle_interrupted_erasures
from notes.management.progress import ProgressLine
from notes_api.db.backups.engine import BackupError, Engine
from notes_api.db.backups.engines import engine_of
from notes_api.db.backups.manifest import Manifest

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Replaces the database by a backup that `backup` has written: verifies it, keeps the former database, applies"
        " missing migrations and starts a new epoch, so that every client syncs from the start. Stop the server first."
        " If it is interrupted, the database is still the former one: run it again."
    )
    # The database may be damaged, or not exist.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the backup, with its manifest beside it")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--force", action="store_true", help="restore although the server uses the database (PostgreSQL only)"
        )

    def handle(self, *args: Any, file: Path, yes: bool, force: bool, **options: Any) -> None:
        try:
            engine = engine_of(connection)
            manifest = verify(engine, file)
            require_unused(engine, is_forced=force)
            if not yes:
                self.confirm(engine, manifest)
            settle_interrupted_erasures()
            counts, remarks = self.restore(engine, file, manifest, is_forced=force)
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored. {error}") from error
        # Outside: if it cannot be printed, the backup is restored nevertheless.
        logger.warning("The backup of %s was restored", manifest.created_at)
        self.report(manifest, counts, remarks)

    def confirm(self, engine: Engine, manifest: Manifest) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was restored. Add --yes to restore without a question.")
        self.stdout.write(f"This replaces {engine.source} by the backup of {manifest.created_at}.")
        self.print_counts(manifest)
        if input("Type yes to continue: ") != "yes":
            raise CommandError("Nothing was restored.")

    def restore(
        self, engine: Engine, file: Path, manifest: Manifest, *, is_forced: bool
    ) -> tuple[EpochCounts, list[str]]:
        progress = ProgressLine(self.stderr, "Restoring")
        with engine.staging():
            engine.load(file, progress)
            progress.end()
            require_contents(manifest)
            call_command("migrate", verbosity=0, interactive=False)
            counts = begin_epoch("restore")
            erasures = erase_again(datetime.fromisoformat(manifest.created_at))
            # The server may have been started meanwhile.
            require_unused(engine, is_forced=is_forced)
            kept = engine.swap(timezone.now().strftime("before-restore-%Y%m%d-%H%M%S-%f"))
        return counts, [kept, *erasures]

    def report(self, manifest: Manifest, counts: EpochCounts, remarks: list[str]) -> None:
        self.stdout.write(f"Restored the backup of {manifest.created_at}, version {manifest.version}:")
        self.print_counts(manifest)
        for remark in remarks:
            self.stdout.write(remark)
        self.stdout.write("A new epoch began: every client syncs from the start, and all users have to log in again.")
        self.stdout.write(f"Sessions ended: {counts.sessions}. API tokens revoked: {counts.tokens}.")

    def print_counts(self, manifest: Manifest) -> None:
        for table, count in manifest.counts.items():
            self.stdout.write(f"{count:>8} {table}")


def require_unused(engine: Engine, *, is_forced: bool) -> None:
    # SQLite could not replace a file that is in use without losing what is being written.
    if not is_forced or engine.name == "sqlite":
        engine.require_unused()


def require_contents(manifest: Manifest) -> None:
    """Raise `BackupError` unless the staging area holds what the manifest describes."""

    def fetch(statement: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    found = read_contents(fetch, list(manifest.counts))
    if found != manifest.contents:
        raise BackupError(f"The backup does not hold what its manifest says, but {found.counts}.")
