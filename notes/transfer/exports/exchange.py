"""Exchange two paths in one step: renameat2(2) with RENAME_EXCHANGE, which Python does not offer."""

import ctypes
import errno
import os
from pathlib import Path

# From fcntl.h: a path that is not absolute begins in the working directory. From stdio.h: exchange.
AT_FDCWD, RENAME_EXCHANGE = -100, 2
UNSUPPORTED = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


def exchange(first: Path, second: Path) -> bool:
    """Exchange two paths of one file system, both of which exist.

    Returns False where that is not possible: outside of Linux, and on some network file systems. Raises `OSError`.
    """
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(first), AT_FDCWD, os.fsencode(second), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), str(first), None, str(second))
