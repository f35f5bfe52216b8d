"""Writes an export into a folder, with the same methods as `ZipWriter`."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import IO

from notes_api.rest.json_types import JSONObject

MANIFEST = "manifest.json"


class FolderWriter:
    """The files are in a hidden folder beside `path` until `close` puts it in place, so `path` is always complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.new, self.old = (path.with_name(f".{path.name}.{state}") for state in ("new", "old"))
        for rest in (self.new, self.old):
            # Of a run that was killed.
            shutil.rmtree(rest, ignore_errors=True)
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
        if self.path.exists():
            self.path.rename(self.old)
        self.new.rename(self.path)
        shutil.rmtree(self.old, ignore_errors=True)


def read_manifest(folder: Path) -> JSONObject:
    """Return the manifest of the export in this folder; empty if there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
