"""The server and its database: killed, and started again as a supervisor would do it."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

from django.db import connection

from benchmarks.experiments.priority import give_priority
from notes_api.tests import processes
from notes_api.tests.edge.server import GUNICORN, ROOT, eventually, free_port, started
from notes_api.tests.live_server import environment, wait_until_ready

SETTINGS = "benchmarks.experiments.kill_campaign.settings"
OLD_SETTINGS = "notes_api.tests.live_server_settings"


class Service:
    """A server on a port of its own, and what it needs. `cluster` is None on SQLite."""

    def __init__(self, database, cluster, **variables):
        self.database, self.cluster, self.variables = database, cluster, variables
        self.port, self.checkout, self.server = free_port(), ROOT, None
        self.url = f"http://127.0.0.1:{self.port}"
        self.restarts = 0

    def start(self):
        settings = SETTINGS if self.checkout == ROOT else OLD_SETTINGS
        values = environment(
            self.database, DJANGO_SETTINGS_MODULE=settings, WEB_CONCURRENCY="2", REQUEST_TIMEOUT="",
            LOG_LEVEL="ERROR", **self.variables,
        )  # fmt: skip
        self.server = started(values, "PORT", self.port, wait_in_priority, GUNICORN, self.checkout)

    def stop(self):
        """End it in order: requests are finished."""
        if self.server is not None:
            processes.end(self.server.process, signal.SIGTERM, seconds=60)
            self.server.stderr.close()
        self.server = None

    def kill(self, target, command=None):
        """Send SIGKILL to all processes of the target at once."""
        groups = {
            "workers": lambda: self.server.workers() if self.server else [],
            "master": lambda: [self.server.process.pid] if self.server else [],
            "database": lambda: family_of(self.cluster.process) if self.cluster else [],
            "command": lambda: family_of(command) if command else [],
        }
        for pid in {pid for name in groups if target in (name, "all") for pid in groups[name]()}:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def recover(self):
        """Start what does not run, and wait until the server is ready."""
        if self.cluster and self.has_ended(self.cluster.process):
            processes.wait(self.cluster.process)
            self.cluster.start()
        if self.server is not None and self.has_ended(self.server.process):
            processes.wait(self.server.process)
            self.restarts += 1
            # Its workers end by themselves; until then they have the port.
            eventually(lambda: not self.server.is_up(), seconds=20)
            self.server.stderr.close()
            self.start()
        if self.server is not None:
            wait_until_ready(self.server)

    @staticmethod
    def has_ended(process):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.3)
        return process.poll() is not None

    def command(self, *arguments):
        """Start `manage.py` of this version."""
        values = environment(self.database, DJANGO_SETTINGS_MODULE="notes_api.settings", **self.variables)
        # As an operator runs it: without the deadline of requests.
        del values["REQUEST_TIMEOUT"]
        process = subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)], cwd=ROOT, env=values, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        give_priority(process.pid)
        return process

    def complete(self, *arguments):
        """Run a command to its end, and return its output and how long it took."""
        began = time.monotonic()
        with self.command(*arguments) as process:
            output = process.communicate()[0].decode()
        if process.returncode:
            raise AssertionError(f"{arguments} failed: {output}")
        return output, time.monotonic() - began


def wait_in_priority(server):
    give_priority(server.process.pid)
    wait_until_ready(server)


def family_of(process):
    return {process.pid, *processes.descendants(process.pid)} if process.poll() is None else set()


@contextmanager
def connected_to(database):
    """Let code of this process use the database."""
    settings, usual = connection.settings_dict, dict(connection.settings_dict)
    connection.close()
    if path := getattr(database, "path", None):
        settings["NAME"] = path
    else:
        address = database.address
        settings.update(
            NAME=database.name, HOST=address["host"], PORT=address["port"], USER=address["user"],
            PASSWORD=address["password"],
        )  # fmt: skip
    try:
        yield
    finally:
        connection.close()
        settings.update(usual)
