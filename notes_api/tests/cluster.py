"""A PostgreSQL server that a test can stop and freeze."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

from notes_api.tests import processes
from notes_api.tests.edge.server import eventually, free_port
from notes_api.tests.live_server import Postgresql

OPTIONS = ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=", "shared_buffers=16MB")


def programs():
    """Return the directory of the newest PostgreSQL's programs; None without PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if config := shutil.which("pg_config"):
        bin_directory = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        found.insert(0, Path(bin_directory, "initdb"))
    found = [path.parent for path in found if path.exists()]
    return found[-1] if found else None


def what_is_missing():
    """Return why no server can be started here; empty if one can."""
    if programs() is None:
        return "there is no initdb on this machine to start a PostgreSQL of our own"
    if os.geteuid() == 0 and not user_exists():
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def user_exists():
    try:
        return bool(pwd.getpwnam("postgres"))
    except KeyError:
        return False


class Cluster:
    def __init__(self, directory):
        self.data = Path(directory, "data")
        self.port = free_port()
        self.database = Postgresql("127.0.0.1", self.port, "postgres", "", "postgres")
        self.process = None

    def run(self, program, *arguments):
        # PostgreSQL does not run as root.
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        return processes.start(
            [programs() / program, "-D", self.data, *arguments],
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **user,
        )

    def create(self):
        initdb = self.run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        assert processes.wait(initdb) == 0

    def start(self):
        options = [word for option in OPTIONS for word in ("-c", option)]
        self.process = self.run("postgres", "-p", str(self.port), *options)
        ready = [programs() / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        eventually(lambda: subprocess.run(ready, check=False).returncode == 0, seconds=30)

    def stop(self):
        """Stop it immediately, as in a crash."""
        processes.end(self.process, signal.SIGQUIT)

    def freeze(self):
        """Stop every process; its sockets stay open."""
        self.process.send_signal(signal.SIGSTOP)
        self.signal_children(signal.SIGSTOP)

    def thaw(self):
        self.signal_children(signal.SIGCONT)
        self.process.send_signal(signal.SIGCONT)

    def signal_children(self, number):
        for child in processes.children(self.process.pid):
            # It may have ended since, as the process of a closed connection does.
            with suppress(ProcessLookupError):
                os.kill(child, number)


@contextmanager
def running_cluster():
    with tempfile.TemporaryDirectory() as directory:
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        cluster = Cluster(directory)
        cluster.create()
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.thaw()
            cluster.stop()


@contextmanager
def running_standby(primary):
    """A copy of the primary that follows it. Each commit of the primary waits for it."""
    with tempfile.TemporaryDirectory() as directory:
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        standby = Cluster(directory)
        source = f"host=127.0.0.1 port={primary.port} user=postgres application_name=standby"
        copying = standby.run("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast", "-d", source)
        assert processes.wait(copying) == 0
        try:
            standby.start()
            primary.database.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            primary.database.query("SELECT pg_reload_conf()")
            yield standby
        finally:
            standby.stop()
