"""A file next to the database that keeps room on its disk, to be released when the disk is full.

Without it, a full disk would also stop deletions and log-ins, which write too.
"""

import logging
import os
import time
from contextlib import suppress
from errno import EDQUOT, ENOSPC
from pathlib import Path

logger = logging.getLogger(__name__)

# A deletion or a log-in writes some pages to the write-ahead log, which SQLite empties at 4 MiB.
RESERVE_BYTES = 8 * 1024 * 1024
# Free bytes of the disk, besides the reserve, that make it worth keeping again.
MARGIN_BYTES = 4 * 1024 * 1024
# Seconds after the release for which a request that failed before can be repeated.
JUST_NOW = 2.0
NO_ROOM = (ENOSPC, EDQUOT)


class Reserve:
    def __init__(self, database_path: str | Path) -> None:
        self.path = Path(f"{database_path}-reserve")
        self.has_warned = False

    @property
    def is_kept(self) -> bool:
        try:
            return self.path.stat().st_size >= RESERVE_BYTES
        except OSError:
            return False

    @property
    def was_released_just_now(self) -> bool:
        with suppress(OSError):
            return abs(time.time() - self.path.stat().st_mtime) < JUST_NOW
        return False

    def release(self) -> None:
        with suppress(OSError):
            os.truncate(self.path, 0)

    def keep(self) -> bool:
        """Write the file if the disk has room for it and some more. Return whether there is room.

        If something else prevents it, such as the permissions of the file, the server works without a reserve.
        """
        if self.is_kept:
            return True
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < RESERVE_BYTES + MARGIN_BYTES:
            return False
        try:
            self.write()
        except OSError as error:
            if error.errno in NO_ROOM:
                self.release()
                return False
            self.warn(error)
            return True
        return self.is_kept

    def write(self) -> None:
        # Not truncated: another process may write it at the same time.
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Random, because a file system may need no room for zeros.
            os.pwrite(descriptor, os.urandom(RESERVE_BYTES), 0)
        finally:
            os.close(descriptor)

    def warn(self, error: OSError) -> None:
        """Log once that the file cannot be written."""
        if not self.has_warned:
            self.has_warned = True
            logger.error("The reserve for a full disk cannot be kept: %s", error)
