"""Which process gets a core first."""

import os
from contextlib import suppress
from pathlib import Path


def run_first():
    """Run this process, but none that it starts, before all others, as on a machine of its own. Needs Linux and root.

    A client that waits for a core itself would report that as the server's delay. Linux lets it wait for seconds: next
    to threads of a server that take both cores, the programs of another session got none for up to five seconds.
    """
    if hasattr(os, "sched_setscheduler"):
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(1))
            return
    print("The client competes with the server for the cores, so it may report times that are too long: see run_first.")


def give_share(pid):
    """Give another session nine times the share of a core that others get. Needs Linux and root.

    systemd's `CPUWeight=1000` and Docker's `cpu_shares: 10240` do about the same.
    """
    Path(f"/proc/{pid}/autogroup").write_text("-10")


def give_priority(pid):
    """Give another session the `nice` value of this process.

    Linux groups processes by session, and `nice` counts only inside of a group.
    """
    if os.nice(0) < 0:
        # The process may have ended.
        with suppress(OSError):
            Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))
