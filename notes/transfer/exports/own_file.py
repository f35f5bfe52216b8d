"""A file that one export at a time writes.

Two exports to one path would delete what the other one writes, and put a part of it in place as the whole.
"""

import fcntl
import os
from pathlib import Path


def lock_file(path: Path) -> int:
    """Open the file, which is created if necessary, and lock it until the descriptor is closed or the process ends.

    Raises `FileExistsError` if another export writes it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The other export may have ended in between, and have renamed or deleted the file.
        is_own = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_own = False
    if not is_own:
        os.close(descriptor)
        raise FileExistsError(f"Another export is writing {path}. Wait until it has ended.")
    return descriptor
