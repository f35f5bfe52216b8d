"""Files in the database: exports that are ready, and what was uploaded to be imported.

Every host of a server can read them, a restart loses nothing, and an erasure deletes them with the account.
"""

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone
from uuid_utils.compat import uuid7

from notes_api.db.short_transactions import MAX_BYTES, in_batches

DAY = timedelta(days=1)
# Bytes of one row. A transaction writes one, so that nobody waits long for SQLite's write lock.
CHUNK_BYTES = 512 * 1024


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def of(self, user_id: UUID) -> Self:
        return self.filter(user=user_id)

    def store(self, user_id: UUID, source: IO[bytes]) -> "StoredFile":
        """Copy what is left in this file, in short transactions. The file is incomplete until this returns."""
        file = self.create(user_id=user_id)
        while block := source.read(CHUNK_BYTES):
            file.append(block)
        return file

    def abandoned(self) -> Self:
        """Files that no longer belong to anything: their process was killed before it could delete them."""
        return self.filter(created_at__lt=timezone.now() - DAY, export=None, imported=None)

    def delete_in_batches(self) -> int:
        """Delete the files, in short transactions; return their number."""
        ids = list(self.values_list("pk", flat=True))
        chunks = list(Chunk.objects.filter(file__in=ids).values_list("pk", flat=True))
        for batch in in_batches((pk, MAX_BYTES // 2) for pk in chunks):
            Chunk.objects.filter(pk__in=batch).delete()
        return self.filter(pk__in=ids).delete()[1].get("notes.StoredFile", 0)


class StoredFile(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    size = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = StoredFileQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.size} bytes of {self.user_id}"

    @transaction.atomic
    def append(self, block: bytes) -> None:
        """Append this block. All blocks but the last have CHUNK_BYTES."""
        Chunk.objects.create(file=self, number=self.size // CHUNK_BYTES, data=block)
        StoredFile.objects.filter(pk=self.pk).update(size=F("size") + len(block))
        self.size += len(block)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `end`, which is excluded. Each part is read when it is needed."""
        for number in range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES)):
            first = number * CHUNK_BYTES
            yield self.read_chunk(number)[max(0, start - first) : end - first]

    def read_chunk(self, number: int) -> bytes:
        """Return this block. Raises `Chunk.DoesNotExist` if the file was deleted."""
        return bytes(Chunk.objects.values_list("data", flat=True).get(file=self.pk, number=number))

    def open(self) -> IO[bytes]:
        return io.BufferedReader(ChunkReader(self), CHUNK_BYTES)


class Chunk(models.Model):
    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(StoredFile, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="one_chunk_a_position")]

    def __str__(self) -> str:
        return f"{self.number} of {self.file_id}"


class ChunkReader(io.RawIOBase):
    """Reads a stored file from any position, with one chunk in memory."""

    def __init__(self, file: StoredFile) -> None:
        self.file = file
        self.position = 0
        self.number, self.chunk = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.file.size}[whence]
        self.position = max(0, origin + offset)
        return self.position

    def tell(self) -> int:
        return self.position

    def readinto(self, buffer: Any) -> int:  # Any: a buffer, which has no type before Python 3.12
        if self.position >= self.file.size:
            return 0
        number, start = divmod(self.position, CHUNK_BYTES)
        if number != self.number:
            self.number, self.chunk = number, self.file.read_chunk(number)
        part = self.chunk[start : start + len(buffer)]
        buffer[: len(part)] = part
        self.position += len(part)
        return len(part)
