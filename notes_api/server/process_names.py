"""Names of the processes of this machine, from which others can tell whether a process still runs.

Each process locks one byte of a file, and the kernel releases the lock when the process ends, however it ends. A name
is the random id of the file and the position of the byte. Processes with another file, such as those of another
machine, have another id: nothing is known about them.
"""

import fcntl
import os
import secrets
import tempfile
import threading
from pathlib import Path

from django.conf import settings

# The first bytes of the file hold its id, as hexadecimal digits.
ID_BYTES = 16
POSITIONS = 2**31 - 2 * ID_BYTES


class ProcessNames:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.mutex = threading.Lock()
        self.file = self.position = -1
        self.file_id = ""

    @property
    def own(self) -> str:
        """The name of this process."""
        with self.mutex:
            if self.position < 0:
                self.register()
        return f"{self.file_id}:{self.position}"

    def has_ended(self, name: str) -> bool:
        """Whether the process with this name has ended for certain."""
        own_id, own_position = self.own.split(":")
        file_id, position = name.split(":")
        if file_id != own_id or position == own_position:
            return False
        with self.mutex:
            try:
                fcntl.lockf(self.file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1, int(position))
            except OSError:
                return False
            fcntl.lockf(self.file, fcntl.LOCK_UN, 1, int(position))
            return True

    def register(self) -> None:
        """Lock a byte. Without the file, such as on a full disk, no other process can tell anything about this one."""
        self.position = 2 * ID_BYTES + secrets.randbelow(POSITIONS)
        self.file_id = secrets.token_hex(ID_BYTES)
        try:
            self.file_id = self.open()
            fcntl.lockf(self.file, fcntl.LOCK_EX, 1, self.position)
        except OSError:
            self.file_id = secrets.token_hex(ID_BYTES)

    def open(self) -> str:
        """Open the file, which stays open: closing it would release the lock. Return its id."""
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        fcntl.lockf(self.file, fcntl.LOCK_EX, 2 * ID_BYTES, 0)
        try:
            written = os.pread(self.file, 2 * ID_BYTES, 0)
            if len(written) < 2 * ID_BYTES:
                written = secrets.token_hex(ID_BYTES).encode()
                os.pwrite(self.file, written, 0)
            return written.decode("ascii", "replace")
        finally:
            fcntl.lockf(self.file, fcntl.LOCK_UN, 2 * ID_BYTES, 0)


process_names = ProcessNames(Path(settings.SPOOL_DIR or tempfile.gettempdir(), f"cloud-notes-{os.geteuid()}.processes"))
