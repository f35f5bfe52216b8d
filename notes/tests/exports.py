"""Exports for the tests, and what an archive holds."""

import json
import zipfile
from io import BytesIO

from notes.models import Export, StoredFile
from notes.models.stored_file import CHUNK_BYTES


def make_ready(owner, data=b"Milk"):
    """An export of a large account whose archive is ready: these bytes."""
    file = StoredFile.objects.store(owner.pk, BytesIO(data))
    export = Export.objects.create(user=owner)
    Export.objects.filter(pk=export.pk).update(file=file)
    export.finish(file, clock=1, notes=1)
    export.refresh_from_db()
    return export


def read(response):
    """Return the bytes of a response that may be streamed."""
    return b"".join(response)


def opened(data):
    return zipfile.ZipFile(BytesIO(data))


def lines_of(data):
    return [json.loads(line) for line in opened(data).read("notes.ndjson").splitlines()]


def three_chunks():
    return bytes(range(256)) * (CHUNK_BYTES // 256 * 2) + b"end"
