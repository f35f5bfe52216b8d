"""The priority of processes that are started with `start_new_session`."""

import os
from contextlib import suppress
from pathlib import Path


def give_priority(pid):
    """Give another session the `nice` value of this process.

    Linux groups processes by session, and `nice` counts only inside of a group.
    """
    if os.nice(0) < 0:
        # The process may have ended.
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))
