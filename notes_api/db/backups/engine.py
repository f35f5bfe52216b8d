"""What the commands `backup` and `restore` need of a database engine."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
Fetch = Callable[[str], list[tuple[Any, ...]]]  # Any: values of any column
# Is called with the parts that are done and their total, which is 0 if it is not known.
Progress = Callable[[int, int], None]


class BackupError(Exception):
    """A backup cannot be made or restored. The message says why, and what to do."""


class Engine(Protocol):
    name: str
    # The end of the names of backups.
    suffix: str

    @property
    def source(self) -> str:
        """The address of the database, without secrets."""

    def write(self, path: Path, describe: Callable[[Fetch], T], progress: Progress) -> T:
        """Write a backup into this empty file, and return what `describe` reads of the same snapshot."""

    def check(self, path: Path) -> None:
        """Read a whole backup. Raises `BackupError` if it is damaged."""

    def require_unused(self) -> None:
        """Raise `BackupError` if other processes use the database."""

    def staging(self) -> AbstractContextManager[None]:
        """Connect to a staging area beside the database, as the only process that does so."""

    def load(self, path: Path, progress: Progress) -> None:
        """Fill the staging area with a backup."""

    def swap(self, label: str) -> str:
        """Replace the database by what was staged, and say where the former one is, whose name ends in `label`."""
