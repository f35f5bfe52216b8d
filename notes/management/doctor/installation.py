"""Look at what is around the database: settings, mail, files, disks and backups."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from accounts.flows.erasure_journal import find_journal, read_erased
from notes.management.backups import default_directory
from notes.management.doctor.findings import Finding, error, ok, warning
from notes_api.config.env_file import read_env_file
from notes_api.db.backups.directory import BackupDirectory
from notes_api.db.backups.engine import BackupError
from notes_api.db.backups.engines import engine_of

MIB = 1024 * 1024
# Free bytes of a disk below which there is a warning, and an error.
LITTLE, TOO_LITTLE = 1024 * MIB, 100 * MIB
# Days after which a backup is old. Backups should be daily; one may have failed.
OLD_BACKUP = timedelta(days=2)
NO_BACKUPS = "Set BACKUP_DIR: the server then makes a backup every day. Or run `manage.py backup` daily."
JOURNAL_ADVICE = "Give it to the user that runs the server, with mode 0600."
# Settings that name files with secrets.
SECRET_FILES = ("SECRET_KEY_FILE", "SECRET_KEY_FALLBACKS_FILE", "DATABASE_PASSWORD_FILE", "EMAIL_URL_FILE")


def check_settings() -> Iterator[Finding]:
    faults = list(find_faults_of_settings())
    yield from faults or [ok("settings", "are valid")]


def find_faults_of_settings() -> Iterator[Finding]:
    if settings.DEBUG:
        yield error("settings", "DEBUG shows tracebacks to everybody", "Remove DEBUG from the settings.")
    if settings.PUBLIC_BASE_URL.is_https and not settings.TRUSTED_PROXIES:
        yield error(
            "settings", "HTTPS is mandatory, and no proxy is trusted to say so: every request is rejected",
            "Set TRUSTED_PROXIES to the address of the reverse proxy.",
        )  # fmt: skip


def check_mail() -> Iterator[Finding]:
    backend = settings.MAILERS["default"]["BACKEND"]
    if backend.endswith("console.EmailBackend"):
        yield warning(
            "mail", "is printed to the server's output, and reaches nobody",
            "Set EMAIL_URL to a mail server, then try `manage.py sendtestemail you@example.org`.",
        )  # fmt: skip
    else:
        yield ok("mail", "is sent by the server in EMAIL_URL; `manage.py sendtestemail` tries it")


def check_files() -> Iterator[Finding]:
    """The files that hold secrets or notes must not be readable for other users of the machine."""
    paths = [path for path in secret_files() if path.exists()]
    exposed = [path for path in paths if path.stat().st_mode & 0o077]
    for path in exposed:
        yield error("files", f"other users may have access to {path}", f"chmod go= {path}")
    if not exposed:
        yield ok("files", f"only their owner has access to the {len(paths)} files with secrets or notes")


def secret_files() -> Iterator[Path]:
    env_file = settings.BASE_DIR / os.environ.get("ENV_FILE", ".env")
    if env_file.is_file():
        yield env_file
    variables = {**read_env_file(env_file), **os.environ}
    yield from (Path(variables[name]) for name in SECRET_FILES if variables.get(name))
    if connection.vendor == "sqlite":
        path = str(connection.settings_dict["NAME"])
        yield from (Path(f"{path}{end}") for end in ("", "-wal", "-shm"))
    if settings.ERASURE_JOURNAL is not None:
        yield settings.ERASURE_JOURNAL
    yield default_directory()


def check_journal() -> Iterator[Finding]:
    if (journal := find_journal()) is None:
        return
    try:
        torn = read_erased(journal).torn
    except OSError as problem:
        yield error("journal", f"{journal.path} cannot be read: {problem.strerror}", JOURNAL_ADVICE)
        return
    if not os.access(journal.path if journal.path.exists() else journal.path.parent, os.W_OK):
        yield error("journal", f"{journal.path} cannot be written, so nobody can erase an account", JOURNAL_ADVICE)
    elif torn:
        yield warning("journal", f"{torn} lines of {journal.path} cannot be read", "`manage.py purge` removes them.")
    else:
        yield ok("journal", f"erasures are recorded in {journal.path}")


def check_disks() -> Iterator[Finding]:
    places = {"request bodies": Path(settings.SPOOL_DIR or tempfile.gettempdir())}
    if connection.vendor == "sqlite":
        places["the database"] = Path(connection.settings_dict["NAME"]).absolute().parent
    places["backups"] = default_directory()
    for name, place in places.items():
        if not place.is_dir():
            continue
        free = shutil.disk_usage(place).free
        message = f"{free // MIB} MiB are free for {name} in {place}"
        if free < LITTLE:
            report = error if free < TOO_LITTLE else warning
            yield report("disk", f"only {message}", "Delete what is not needed, or move the directory to another disk.")
        else:
            yield ok("disk", message)


def check_backups() -> Iterator[Finding]:
    directory = BackupDirectory(default_directory())
    try:
        engine = engine_of(connection)
    except BackupError as problem:
        yield warning("backup", "cannot be looked for", str(problem))
        return
    backups = directory.backups(engine.name, engine.source)
    if not backups:
        yield warning(
            "backup", f"no backup of this database is in {directory.path}",
            NO_BACKUPS,
        )  # fmt: skip
        return
    path, manifest = backups[0]
    age = datetime.now(UTC) - datetime.fromisoformat(manifest.created_at)
    message = f"the last one is {path}, {age.days} days and {age.seconds // 3600} hours old"
    if age > OLD_BACKUP:
        yield warning("backup", message, NO_BACKUPS)
    else:
        yield ok("backup", message)
