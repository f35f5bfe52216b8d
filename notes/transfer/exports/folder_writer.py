"""Writes an export into a folder, with the same methods as `ZipWriter`."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

from notes.transfer.exports.exchange import exchange
from notes_api.rest.json_types import JSONObject

MANIFEST = "manifest.json"
FORMAT, FORMAT_VERSION = "cloud-notes", 1


class FolderWriter:
    """The files are in a hidden folder beside `path` until `close` puts it in place, so `path` is always complete.

    A reader finds the earlier folder until then, and the new one from then on. Where the system cannot exchange two
    folders, `path` is missing for a moment.
    """

    def __init__(self, path: Path) -> None:
        # A link to a folder stays: what it leads to is replaced.
        self.path = path = path.resolve()
        self.new, self.old = (path.with_name(f".{path.name}.{state}") for state in ("new", "old"))
        if self.old.exists() and not path.exists():
            # Of a run that was killed in that moment.
            self.old.rename(path)
        self.delete_rest()
        self.new.mkdir(mode=0o700, parents=True)

    def add(self, name: str, data: bytes, modified: datetime) -> None:
        with self.create(name) as file:
            file.write(data)
        os.utime(self.new / name, (modified.timestamp(), modified.timestamp()))

    def add_file(self, name: str, source: IO[bytes], modified: datetime) -> None:
        with self.create(name) as file:
            shutil.copyfileobj(source, file)

    def create(self, name: str) -> IO[bytes]:
        target = self.new / name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        return target.open("xb")

    def close(self) -> None:
        if not self.path.exists():
            self.new.rename(self.path)
        elif not exchange(self.new, self.path):
            self.path.rename(self.old)
            self.new.rename(self.path)
        self.delete_rest()

    def delete_rest(self) -> None:
        """Delete the earlier folder, which has one of these names, or what a run left that was killed."""
        for rest in (self.new, self.old):
            shutil.rmtree(rest, ignore_errors=True)


def require_replaceable(path: Path) -> None:
    """Raise `FileExistsError` if the path is a file, or a folder that has anything but an export."""
    if path.exists() and not path.is_dir():
        raise FileExistsError(f"{path} is a file. Name a folder, or a file that ends in .zip.")
    if path.exists() and any(path.iterdir()) and read_manifest(path).get("format") != FORMAT:
        raise FileExistsError(f"{path} has files that are not of an export. Name another folder, or an empty one.")


def read_manifest(folder: Path) -> JSONObject:
    """Return the manifest of the export in this folder; empty if there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
