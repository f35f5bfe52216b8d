"""Copies of this process that run a command at the same time."""

import faulthandler
import os
import signal
import tempfile
import traceback
import warnings

from django.core.management import CommandError, call_command
from django.db import connection

from notes_api.tests.edge.server import eventually

# Seconds after which a child prints what it waits for. Tests give up after 30.
SLOW = 20


class Child:
    """A process that runs a command; `output` is what it prints."""

    def __init__(self, command, *arguments):
        connection.close()
        self.file = tempfile.TemporaryFile(mode="w", buffering=1)  # noqa: SIM115  # closed by `end`
        with warnings.catch_warnings():
            # Other threads of this process are asleep, and the child does not need them.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if not self.pid:
            self.run(command, *arguments)

    def run(self, command, *arguments):
        faulthandler.dump_traceback_later(SLOW, file=self.file)
        try:
            call_command(command, *arguments, stdout=self.file, stderr=self.file)
            os._exit(0)
        except SystemExit as end:
            os._exit(end.code)
        except CommandError as error:
            self.file.write(f"{error}\n")
        except BaseException:  # noqa: BLE001  # nothing of this process may go on
            traceback.print_exc(file=self.file)
        os._exit(1)

    @property
    def output(self):
        return os.pread(self.file.fileno(), 100_000, 0).decode()

    def wait_for(self, text, times=1):
        """Return when it has printed the text so often. If that does not happen, the error has its output."""
        try:
            eventually(lambda: self.output.count(text) >= times)
        except AssertionError:
            os.kill(self.pid, signal.SIGKILL)
            raise AssertionError(self.end()) from None

    def end(self):
        """Wait for the end of the process; return its exit code and its output."""
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        output = self.output
        self.file.close()
        return code, output
