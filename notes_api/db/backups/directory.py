"""A directory of backups: whole files with their manifests, which appear there only when they are complete."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from notes_api.db.backups.engine import BackupError
from notes_api.db.backups.manifest import Manifest, manifest_path

PARTIAL = ".partial"
NAME = re.compile(r"cloud-notes-\d{8}-\d{6}-\d{6}\.(sqlite3|dump)")


class BackupDirectory:
    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Create the directory, and let one process at a time write there."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self.path, f"Another backup is being written to {self.path}. Wait until it has ended."):
            yield

    def clean(self) -> None:
        """Remove what a stopped backup has left, or complete the last step of one that was stopped there."""
        for partial in self.path.glob(f"*.json{PARTIAL}"):
            backup = partial.with_name(partial.name.removesuffix(f".json{PARTIAL}"))
            if NAME.fullmatch(backup.name) and backup.exists():
                partial.replace(manifest_path(backup))
        for path in self.path.glob(f"*{PARTIAL}*"):
            if NAME.match(path.name):
                path.unlink()

    def create(self, suffix: str) -> Path:
        """Create an empty file for a backup, which only its owner can read, and return its path."""
        name = datetime.now(UTC).strftime(f"cloud-notes-%Y%m%d-%H%M%S-%f{suffix}{PARTIAL}")
        path = self.path / name
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        return path

    def publish(self, partial: Path, manifest: Manifest) -> Path:
        """Give a backup that is complete its name, and put the manifest beside it."""
        path = partial.with_name(partial.name.removesuffix(PARTIAL))
        partial_manifest = partial.with_name(f"{manifest_path(path).name}{PARTIAL}")
        descriptor = os.open(partial_manifest, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(manifest.as_json())
        sync(partial)
        sync(partial_manifest)
        # If it stops between the two, `clean` completes the second.
        partial.replace(path)
        partial_manifest.replace(manifest_path(path))
        sync(self.path)
        return path

    def backups(self, engine: str, source: str) -> list[tuple[Path, Manifest]]:
        """Return the backups of one database, the newest first."""
        found = []
        for path in self.path.glob("cloud-notes-*"):
            if NAME.fullmatch(path.name):
                with suppress(BackupError):
                    found.append((path, Manifest.read(path)))
        of_database = [(path, made) for path, made in found if (made.engine, made.source) == (engine, source)]
        return sorted(of_database, key=lambda backup: backup[0].name, reverse=True)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        manifest_path(path).unlink(missing_ok=True)


@contextmanager
def locked(directory: Path, message: str) -> Iterator[None]:
    """Hold a lock on the directory. The kernel releases it when the process dies. Raises `BackupError`."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(message) from None
        yield
    finally:
        os.close(descriptor)


def sync(path: Path) -> None:
    """Write a file, or the names in a directory, to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
