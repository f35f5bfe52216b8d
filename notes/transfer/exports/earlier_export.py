"""What an earlier export left at a path, and whether a new one may replace it: only if all of it is from an export.

An export into a folder records its files. A folder with another file, or with one that was changed, is left as it is.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from notes.transfer.reader import is_junk
from notes_api.rest.json_types import JSONObject

FORMAT, FORMAT_VERSION = "cloud-notes", 1
MANIFEST = "manifest.json"
# The times, sizes and names of the files of an export, each on a line.
RECORD = ".exported-files"
# The file that an export is writing, until it is recorded.
UNRECORDED = ".exporting"
# Seconds. Some file systems store only even ones.
TIME_STEP = 2
# Of an archive: how its first entry begins, the headers before the names of entries, and where the last entry is.
FIRST_NAMES = (b"notes/", b"trash/", b"notes.ndjson")
LOCAL_HEADER, CENTRAL_SIGNATURE, REST_OF_CENTRAL_HEADER = 30, b"PK\1\2", 42
END = 1 << 16


def record_line(path: Path, name: str) -> str:
    """Return what the record says of the file at this path."""
    status = path.lstat()
    return f"{int(status.st_mtime)} {status.st_size} {name}\n"


def is_unchanged(folder: Path, line: str) -> bool:
    """Whether a file is as its line of the record says. Raises `OSError` if it is not there."""
    now = record_line(folder / name_in(line), name_in(line))
    (then_time, then_size), (time, size) = line.split(" ")[:2], now.split(" ")[:2]
    return size == then_size and abs(int(time) - int(then_time)) <= TIME_STEP


def require_replaceable_folder(path: Path) -> None:
    """Raise `FileExistsError` if this folder has files that are not from an export, or is a file."""
    if path.is_dir():
        if (other := find_other(path)) is not None:
            message = f"{path} has a file that an export did not write, or that was changed since: {other}."
            raise FileExistsError(f"{message} Move it away, or name another folder.")
    elif path.exists():
        raise FileExistsError(f"{path} is a file. Name a folder, or a file that ends in .zip.")


def require_replaceable_archive(path: Path) -> None:
    """Raise `FileExistsError` if this is anything else than the archive of an export."""
    if path.is_dir():
        raise FileExistsError(f"{path} is a folder. Name an archive, or a folder whose name does not end in .zip.")
    if path.exists() and not is_archive_of_export(path):
        raise FileExistsError(f"{path} is not an archive of an export. Name another file, or move it away.")


def find_other(folder: Path) -> str | None:
    """Return the name of a file that is not as the record says; None if there is none."""
    same = 0
    for line in recorded_lines(folder):
        name = name_in(line)
        try:
            if not is_unchanged(folder, line):
                return name
        except FileNotFoundError:
            # It was deleted.
            continue
        except (OSError, ValueError):
            # It cannot be looked at, or the record itself was changed.
            return name
        same += 1
    if sum(1 for _ in files_in(folder)) == same:
        return None
    known = {name_in(line) for line in recorded_lines(folder)}
    return next((name for name in files_in(folder) if name not in known), RECORD)


def recorded_lines(folder: Path) -> Iterator[str]:
    try:
        with (folder / RECORD).open(encoding="utf-8", errors="replace", newline="\n") as record:
            yield from record
    except OSError:
        return


def name_in(line: str) -> str:
    return line.rstrip("\n").split(" ", 2)[-1]


def files_in(folder: Path) -> Iterator[str]:
    """Yield the names of all files and links. The record, and what a file manager writes for itself, are left out."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in (*files, *links):
            path = (Path(place) / name).relative_to(folder).as_posix()
            if path != RECORD and not is_junk(path):
                yield path


def is_archive_of_export(path: Path) -> bool:
    """Whether the first and the last entry of a zip are those of an export (APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.12)."""
    with path.open("rb") as file:
        head = file.read(END)
        file.seek(max(0, file.seek(0, os.SEEK_END) - END))
        last = file.read().rpartition(CENTRAL_SIGNATURE)[2]
    return begins_as_export(head) and last[REST_OF_CENTRAL_HEADER:].startswith(MANIFEST.encode())


def begins_as_export(head: bytes) -> bool:
    return head[LOCAL_HEADER:].startswith(FIRST_NAMES)


def clear_partial(file: IO[bytes], path: Path) -> None:
    """Empty the archive that a killed export left. Raises `FileExistsError` if it is anything else."""
    head = file.read(END)
    if head and not begins_as_export(head):
        raise FileExistsError(f"{path} is not from an export, which needs this name. Move it away.")
    file.seek(0)
    file.truncate()


def read_manifest(folder: Path) -> JSONObject:
    """Return the manifest of the export in this folder; empty if there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
