"""Make and verify backups: what `manage.py backup` writes and `manage.py restore` reads."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts.models import ApiToken, Clock, Grant, Session, User
from notes.management.daily_work.recording import recorded
from notes.models import Note, Revision
from notes.models.daily_work import Job
from notes_api.db.backups.directory import BackupDirectory
from notes_api.db.backups.engine import BackupError, Engine, Fetch, Progress
from notes_api.db.backups.engines import engine_of
from notes_api.db.backups.manifest import Contents, Manifest, sha256_of

COUNTED = [model._meta.db_table for model in (User, Clock, Session, ApiToken, Grant, Note, Revision)]


class Backup(NamedTuple):
    path: Path
    manifest: Manifest


def default_directory() -> Path:
    return settings.BASE_DIR / (settings.BACKUP_DIR or "backups")


def make_backup(directory: BackupDirectory, progress: Progress) -> Backup:
    """Write a backup of the database, and check it. Raises `BackupError`, `OSError` and `DatabaseError`."""
    engine = engine_of(connection)
    with recorded(Job.BACKUP), directory.lock():
        return write_backup(engine, directory, progress)


def delete_outdated(directory: BackupDirectory, keep: int) -> list[Path]:
    """Delete all but the newest backups of this database, and return their paths. Raises `OSError`."""
    engine = engine_of(connection)
    outdated = [path for path, _ in directory.backups(engine.name, engine.source)[keep:]]
    for path in outdated:
        directory.remove(path)
    return outdated


def write_backup(engine: Engine, directory: BackupDirectory, progress: Progress) -> Backup:
    """Write a backup of the database, check it, and put it into the directory. Needs the directory's lock."""
    directory.clean()
    tables = [table for table in COUNTED if table in connection.introspection.table_names()]
    if User._meta.db_table not in tables:
        raise BackupError("The database has no accounts. Check the DATABASE_… settings, and run `manage.py migrate`.")
    partial, now = directory.create(engine.suffix), datetime.now(UTC)
    try:
        contents = engine.write(partial, lambda fetch: read_contents(fetch, tables), progress)
        engine.check(partial)
        manifest = describe(engine, contents, partial, now)
        return Backup(directory.publish(partial, manifest), manifest)
    finally:
        # Nothing is left of it if it was published.
        directory.clean()


def describe(engine: Engine, contents: Contents, path: Path, made_at: datetime) -> Manifest:
    return Manifest(
        version=str(settings.SPECTACULAR_SETTINGS["VERSION"]),
        created_at=made_at.isoformat(timespec="seconds"),
        engine=engine.name,
        source=engine.source,
        migrations=contents.migrations,
        counts=contents.counts,
        highest_clock=contents.highest_clock,
        size=path.stat().st_size,
        sha256=sha256_of(path),
    )


def read_contents(fetch: Fetch, tables: list[str]) -> Contents:
    migrations = fetch("SELECT app, name FROM django_migrations ORDER BY id")
    clocks = fetch(f"SELECT coalesce(max(value), 0) FROM {Clock._meta.db_table}")  # noqa: S608  # no input
    counts = {table: int(fetch(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}  # noqa: S608  # checked
    return Contents([f"{app}.{name}" for app, name in migrations], counts, int(clocks[0][0]))


def verify(engine: Engine, path: Path) -> Manifest:
    """Return the manifest of a backup that this version can restore. Raises `BackupError`."""
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    manifest = Manifest.read(path)
    if manifest.engine != engine.name:
        raise BackupError(
            f"{path} is a backup of {manifest.engine}, and this server uses {engine.name}. Set the DATABASE_… settings"
            " to a database of that kind."
        )
    manifest.require_match(path)
    require_known_migrations(manifest)
    if not all(re.fullmatch("[a-z_]+", table) for table in manifest.counts):
        raise BackupError(f"The manifest of {path} counts tables that cannot exist.")
    engine.check(path)
    return manifest


def require_known_migrations(manifest: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    if unknown := [migration for migration in manifest.migrations if migration not in known]:
        raise BackupError(
            f"The backup was made by a newer version ({manifest.version}), with {len(unknown)} migrations that this one"
            f" does not know, such as {unknown[-1]}. Install that version or a newer one, then restore."
        )
