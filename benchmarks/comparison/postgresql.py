"""The PostgreSQL server to measure on: the one that DATABASE_HOSTNAME names, or a temporary one."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from benchmarks.comparison.processes import free_port, parent_of

# PostgreSQL's defaults, except that no checkpoint or vacuum caused by one contestant's writes runs while another is
# measured, and that a connection per request does not exhaust the connections.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "400",
    "shared_buffers": "512MB",
    "autovacuum": "off",
    "checkpoint_timeout": "1h",
    "max_wal_size": "16GB",
}


class NoServer(Exception):
    """No PostgreSQL server is available."""


@dataclass
class Postgresql:
    """The address of the server, and the databases created on it."""

    host: str
    port: int
    user: str
    password: str = ""
    is_ours_alone: bool = True
    made: list[str] = field(default_factory=list)

    def address(self, database: str) -> str:
        user = quote(self.user, safe="") + (":" + quote(self.password, safe="") if self.password else "")
        return f"postgresql://{user}@{self.host}:{self.port}/{database}"

    def variables(self, database: str) -> dict[str, str]:
        """Return the address as environment variables of this project."""
        return {
            "DATABASE_HOSTNAME": self.host,
            "DATABASE_PORT": str(self.port),
            "DATABASE_NAME": database,
            "DATABASE_USERNAME": self.user,
            "DATABASE_PASSWORD": self.password,
        }

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_database(self, purpose: str) -> str:
        name = f"comparison_{secrets.token_hex(4)}_{purpose}"
        self.execute(f'CREATE DATABASE "{name}"')
        self.made.append(name)
        return name

    def settle(self, database: str) -> None:
        """Vacuum, analyze and checkpoint, as autovacuum would after a while."""
        self.execute("VACUUM (ANALYZE)", database)
        self.execute("CHECKPOINT")

    def drop_databases(self) -> None:
        while self.made:
            self.execute(f'DROP DATABASE IF EXISTS "{self.made.pop()}" WITH (FORCE)')

    def main_process(self) -> int:
        """Return the process id of the postmaster, which inherits the CPU time of processes that end."""
        with psycopg.connect(self.address("postgres")) as connection:
            backend = connection.info.backend_pid
            if not is_postgresql(backend):
                raise NoServer("PostgreSQL runs on another machine, so its CPU time cannot be measured.")
            return parent_of(backend)

    def version(self) -> str:
        [[text]] = self.execute("SHOW server_version")
        return str(text).split()[0]

    def other_clients(self) -> int:
        """Return the number of other connections, whose CPU time cannot be separated from ours."""
        if self.is_ours_alone:
            return 0
        [[count]] = self.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
            " AND datname NOT LIKE 'comparison%' AND pid <> pg_backend_pid()"
        )
        return int(str(count))


@contextmanager
def postgresql(variables: Mapping[str, str]) -> Iterator[Postgresql]:
    """Yield the server that DATABASE_HOSTNAME names, or start a temporary one."""
    if variables.get("DATABASE_HOSTNAME"):
        server = Postgresql(
            host=variables["DATABASE_HOSTNAME"],
            port=int(variables.get("DATABASE_PORT") or 5432),
            user=variables.get("DATABASE_USERNAME") or "postgres",
            password=variables.get("DATABASE_PASSWORD", ""),
            is_ours_alone=False,
        )
        try:
            yield server
        finally:
            server.drop_databases()
    else:
        with own_server() as server:
            yield server


@contextmanager
def own_server() -> Iterator[Postgresql]:
    programs = directory_of_programs()
    with tempfile.TemporaryDirectory(prefix="comparison-") as directory:
        if os.geteuid() == 0:
            shutil.chown(directory, "postgres")
        data = Path(directory, "data")
        start([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"]).wait()
        server = Postgresql("127.0.0.1", free_port(), "postgres")
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        process = start([programs / "postgres", "-D", data, "-p", str(server.port), *options])
        try:
            wait_until_ready(server, process)
            yield server
        finally:
            # Stop immediately, as in a crash: the data are deleted anyway.
            process.send_signal(signal.SIGQUIT)
            process.wait()


def is_postgresql(pid: int) -> bool:
    name = Path(f"/proc/{pid}/comm")
    return name.exists() and name.read_text().startswith("postgres")


def directory_of_programs() -> Path:
    """Return the program directory of the newest PostgreSQL; raises `NoServer`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise NoServer("PostgreSQL is not installed. Install its server, or set DATABASE_HOSTNAME.")
    return found[-1].parent if found else Path(str(on_path)).parent


def start(command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
    """Run in a new session, so that Ctrl-C reaches only us, and never as root, which PostgreSQL rejects."""
    is_root = os.geteuid() == 0
    return subprocess.Popen(
        command,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        user="postgres" if is_root else None,
        group="postgres" if is_root else None,
        extra_groups=[] if is_root else None,
    )


def wait_until_ready(server: Postgresql, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < end:
        with suppress(psycopg.OperationalError):
            server.execute("SELECT 1")
            return
        time.sleep(0.1)
    raise NoServer("PostgreSQL did not start.")
