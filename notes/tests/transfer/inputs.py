"""Inputs of importers, made in memory."""

import io
import json
import tarfile
import zipfile

from notes.transfer.draft import Draft, Options
from notes.transfer.inputs import LIMITS, detect_format, open_reader, read_drafts


def zip_of(files, method=zipfile.ZIP_DEFLATED):
    """Pack {name or ZipInfo: text, bytes or JSON}."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, bytes_of(content))
    return file.getvalue()


def tar_of(files):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(bytes_of(content))
            archive.addfile(info, io.BytesIO(bytes_of(content)))
    return file.getvalue()


def bytes_of(content):
    if isinstance(content, bytes):
        return content
    return (content if isinstance(content, str) else json.dumps(content)).encode()


def read_all(data, name="input", limits=LIMITS, **options):
    """What the recognised format makes of this input: a folder, or the bytes of a file."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    with open_reader(source, name, limits) as reader:
        return list(read_drafts(reader, detect_format(reader), Options(**options)))


def read_one(data, name="input", **options):
    (item,) = read_all(data, name, **options)
    assert isinstance(item, Draft), item
    return item


def codes_of(items):
    return [item.code for item in items if not isinstance(item, Draft)]


def titles_of(items):
    return [item.title for item in items if isinstance(item, Draft)]
