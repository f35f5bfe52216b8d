"""PostgreSQL's client programs: how they are found and called."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from notes_api.db.backups.engine import BackupError

CHUNK = 1024 * 1024


class ClientPrograms:
    """The programs, with everything that they need to connect in their environment.

    Other users of the machine can read command lines, so no password is there.
    """

    def __init__(self, settings: dict[str, Any], server_version: int) -> None:  # Any: Django's settings
        self.server_version = server_version
        given = {
            "PGHOST": settings["HOST"],
            "PGPORT": str(settings["PORT"]),
            "PGDATABASE": settings["NAME"],
            "PGUSER": settings["USER"],
            "PGPASSWORD": settings["PASSWORD"],
            "PGAPPNAME": "notes_api_backup",
            "PGCONNECT_TIMEOUT": str(settings["OPTIONS"]["connect_timeout"]),
            "PGTARGETSESSIONATTRS": settings["OPTIONS"].get("target_session_attrs"),
        }
        self.environment = {**os.environ, **{name: value for name, value in given.items() if value}}

    def require(self, *programs: str) -> None:
        """Raise `BackupError` unless the programs are there and not older than the server."""
        for program in programs:
            version = self.version_of(program)
            if version < self.server_version:
                raise BackupError(
                    f"{program} has version {version}, which is older than the server's {self.server_version}."
                    f" {self.advice}"
                )

    def version_of(self, program: str) -> int:
        if shutil.which(program) is None:
            raise BackupError(f"{program} is not installed. {self.advice}")
        output = self.run(program, "--version")
        found = re.search(r"\(PostgreSQL\) (\d+)", output)
        if found is None:
            raise BackupError(f"{program} does not say its version: {output!r}. {self.advice}")
        return int(found[1])

    @property
    def advice(self) -> str:
        return f"Install PostgreSQL's client programs, version {self.server_version} or newer."

    def run(self, *command: str) -> str:
        run = subprocess.run(  # noqa: S603  # no command comes from outside
            command, env=self.environment, capture_output=True, text=True, check=False, errors="replace"
        )
        if run.returncode:
            raise failure_of(command[0], run.stderr)
        return run.stdout

    @contextmanager
    def reading_from(self, *command: str) -> Iterator[IO[bytes]]:
        """Run a program and yield its output. Raises `BackupError` if it fails, also in the end."""
        with running(command, self.environment, stdout=subprocess.PIPE) as process:
            yield process.stdout

    @contextmanager
    def writing_to(self, *command: str) -> Iterator[IO[bytes]]:
        """Run a program and yield its input. Raises `BackupError` if it fails, also in the end."""
        with running(command, self.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
            yield process.stdin


@contextmanager
def running(command: tuple[str, ...], environment: dict[str, str], **pipes: int) -> Iterator[Any]:  # Any: see below
    """Run a program that ends with this block. Its pipes are not typed, because each caller has one of them."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env=environment, stderr=errors, **pipes)  # type: ignore[call-overload]  # noqa: S603
        try:
            # The program may end early; what it says matters more than the closed pipe.
            with process:
                yield process
        except BrokenPipeError:
            pass
        except BaseException:
            process.kill()
            raise
        if process.wait():
            errors.seek(0)
            raise failure_of(command[0], errors.read().decode(errors="replace"))


def failure_of(program: str, errors: str) -> BackupError:
    lines = errors.strip().splitlines() or ["it says nothing"]
    return BackupError(f"{program} failed: {' '.join(lines[:3])}")


def copy(source: IO[bytes], target: IO[bytes], progress: Callable[[int], None]) -> None:
    size = 0
    while chunk := source.read(CHUNK):
        target.write(chunk)
        size += len(chunk)
        progress(size)
