"""`manage.py backup`: writes a consistent backup of the database while the server runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from notes.management.backups import Backup, default_directory, delete_outdated, make_backup
from notes.management.progress import ProgressLine
from notes_api.db.backups.directory import BackupDirectory
from notes_api.db.backups.engine import BackupError
from notes_api.db.backups.manifest import manifest_path


class Command(BaseCommand):
    help = (
        "Writes a backup of the database, with a manifest beside it, and checks it. The server may run meanwhile."
        " SECRET_KEY is not part of it: keep it with the backups."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="DIR", help="the directory, instead of BACKUP_DIR")
        parser.add_argument("--keep", type=int, metavar="N", help="then delete all but the N newest of this database")
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, to: Path | None, keep: int | None, json: bool, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep must be at least 1.")
        directory = BackupDirectory((to or default_directory()).absolute())
        progress = ProgressLine(self.stderr, "Writing the backup")
        try:
            backup = make_backup(directory, progress)
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        progress.end()
        try:
            deleted = delete_outdated(directory, keep) if keep else []
        except OSError as error:
            raise CommandError(f"Wrote {backup.path}. An older backup cannot be deleted: {error}") from error
        (self.print_json if json else self.print_text)(backup, [str(path) for path in deleted])

    def print_json(self, backup: Backup, deleted: list[str]) -> None:
        self.stdout.write(json.dumps({"file": str(backup.path), **asdict(backup.manifest), "deleted": deleted}))

    def print_text(self, backup: Backup, deleted: list[str]) -> None:
        manifest = backup.manifest
        self.stdout.write(f"Wrote {backup.path} ({manifest.size} bytes)")
        self.stdout.write(f"  and {manifest_path(backup.path).name} beside it. Both were checked.")
        for table, count in manifest.counts.items():
            self.stdout.write(f"{count:>8} {table}")
        for path in deleted:
            self.stdout.write(f"Deleted {path}")
