"""Processes that end with the test run that started them, also when the run is killed.

A run that gets SIGKILL cannot clean up. So each run has one watcher: a process that reads the ids of the started
processes from a pipe. Only the run holds the other end, and the system closes it however the run ends.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import cache


def start(command, **options):
    """Start the command as the leader of a process group; the group and its descendants end with this run."""
    process = subprocess.Popen(command, start_new_session=True, **options)
    os.write(pipe_to_watcher(os.getpid()), b"+%d\n" % process.pid)
    return process


def wait(process, seconds=None):
    """Wait for the end of the process; its id may then belong to another process."""
    code = process.wait(seconds)
    os.write(pipe_to_watcher(os.getpid()), b"-%d\n" % process.pid)
    return code


def end(process, number=signal.SIGTERM, seconds=30):
    """Send the signal and wait for the end of the process; kill it and its group if it does not end in time."""
    process.send_signal(number)
    try:
        wait(process, seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        wait(process)


@cache
def pipe_to_watcher(run):
    """The end of the pipe to write to. Python closes it in every process that the run starts."""
    reading, writing = os.pipe()
    # In a session of its own, so that Ctrl-C does not end it before the run.
    command = [sys.executable, "-I", __file__]
    watcher = subprocess.Popen(command, stdin=reading, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/")
    # It outlives the run. Without a return code, Popen warns about that.
    watcher.returncode = 0
    os.close(reading)
    return writing


def watch(lines):
    """Read ids until the run ends; then kill what it left."""
    running = set()
    for line in lines:
        change = running.add if line.startswith(b"+") else running.discard
        change(int(line[1:]))
    for leader in running:
        kill(leader)


def kill(leader):
    # Listed first: the children of a killed process get another parent.
    for process in [leader, *descendants(leader)]:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def children(parent, command=b""):
    """The ids of the children with these words in their command line."""
    listed = subprocess.run(["ps", "-ww", "-A", "-o", "pid=,ppid=,args="], capture_output=True, check=False).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return {int(pid) for pid, ppid, *args in rows if int(ppid) == parent and command in b"".join(args)}


def descendants(parent):
    """The ids of the children, of their children, and so on."""
    found = children(parent)
    for child in list(found):
        found |= descendants(child)
    return found


if __name__ == "__main__":
    watch(sys.stdin.buffer)
