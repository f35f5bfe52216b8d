"""PocketBase, a program of its own with an embedded SQLite: measured if it is installed."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison.apis import Api, PocketBaseApi
from benchmarks.comparison.contestant import ROOT, Contestant
from benchmarks.comparison.dataset import Dataset

# Its own command `migrate` and its JavaScript set it up, as its documentation describes.
SETUP = ROOT / "benchmarks" / "peers" / "pocketbase"


@dataclass(frozen=True)
class PocketBase(Contestant):
    """One process that uses all cores, which corresponds to the two workers of the others."""

    module: str = "pocketbase"
    is_embedded: bool = True
    api: Api = PocketBaseApi()  # noqa: RUF009  # it is frozen

    @property
    def is_installed(self) -> bool:
        return program() is not None

    def command(self, port: int, database: dict[str, str]) -> list[str]:
        return pocketbase(database["DATABASE_PATH"], "serve", f"--http=127.0.0.1:{port}")

    def fill_command(self, dataset: Dataset) -> list[str]:
        return [sys.executable, "-m", "benchmarks.comparison.fill_pocketbase", dataset.as_json()]


def program() -> str | None:
    """Return the path of the program beside this interpreter or on PATH."""
    beside = str(Path(sys.executable).parent)
    return shutil.which("pocketbase", path=beside) or shutil.which("pocketbase")


def pocketbase(directory: str, *arguments: str) -> list[str]:
    """Return a command on the database in the directory. A command has no hooks unless it names their directory."""
    options = [f"--dir={directory}", f"--migrationsDir={SETUP / 'migrations'}", "--automigrate=false"]
    if not any(argument.startswith("--hooksDir") for argument in arguments):
        options.append(f"--hooksDir={directory}/none")
    return [program() or "pocketbase", *arguments, *options]


def version() -> str:
    """Return name and version of the installed program, or an empty text."""
    if program() is None:
        return ""
    shown = subprocess.run([str(program()), "--version"], capture_output=True, text=True, check=True, cwd="/")
    return parse_version(shown.stdout)


def parse_version(output: str) -> str:
    return f"PocketBase {output.rsplit(maxsplit=1)[-1]}"
