"""The manifest beside a backup: what the backup holds, and how to recognise damage."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from notes_api.db.backups.engine import BackupError

PRODUCT, FORMAT = "cloud-notes", 1
MAX_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Contents:
    """What a snapshot of the database holds."""

    migrations: list[str]
    counts: dict[str, int]
    highest_clock: int


@dataclass(frozen=True)
class Manifest:
    version: str
    created_at: str
    engine: str
    # The address of the database: backups of one database are of one kind.
    source: str
    migrations: list[str]
    counts: dict[str, int]
    highest_clock: int
    size: int
    sha256: str
    product: str = PRODUCT
    format: int = FORMAT

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the manifest of the backup `path`. Raises `BackupError`."""
        try:
            with manifest_path(path).open("rb") as file:
                return cls.parse(json.loads(file.read(MAX_BYTES)))
        except FileNotFoundError:
            raise BackupError(
                f"{path} has no manifest. Restore a file that `manage.py backup` has written, and keep the manifest"
                f" beside it as {manifest_path(path).name}."
            ) from None
        except (OSError, ValueError, TypeError) as error:
            raise BackupError(f"The manifest {manifest_path(path)} cannot be read ({error}). {USE_ANOTHER}") from error

    @classmethod
    def parse(cls, data: Any) -> Self:  # Any: JSON from outside
        manifest = cls(**data)
        datetime.fromisoformat(manifest.created_at)
        if (manifest.product, manifest.format) != (PRODUCT, FORMAT):
            raise ValueError(f"it is not one of {PRODUCT}, format {FORMAT}")
        if not all(isinstance(value, type(getattr(EXAMPLE, name))) for name, value in asdict(manifest).items()):
            raise ValueError("a member has the wrong type")
        return manifest

    @property
    def contents(self) -> Contents:
        return Contents(self.migrations, self.counts, self.highest_clock)

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    def require_match(self, path: Path) -> None:
        """Raise `BackupError` unless the file is, bit by bit, the one that the manifest describes."""
        size = path.stat().st_size
        if size != self.size:
            raise BackupError(f"{path} is damaged: it has {size} bytes instead of {self.size}. {USE_ANOTHER}")
        if sha256_of(path) != self.sha256:
            raise BackupError(f"{path} is damaged: its SHA-256 is not that of the manifest. {USE_ANOTHER}")


EXAMPLE = Manifest("", "", "", "", [], {}, 0, 0, "")
USE_ANOTHER = "Copy both files again, or restore another backup."


def manifest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
