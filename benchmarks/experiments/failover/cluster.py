"""What runs on the hosts: etcd, Patroni with PostgreSQL, the application and HAProxy, as in deploy/patroni/."""

import json
import secrets
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import psycopg

from notes_api.tests.edge.server import ROOT, eventually
from notes_api.tests.live_server import Postgresql, environment, is_ready

DATABASES, WITNESS, APPLICATIONS = ["db1", "db2", "db3"], "witness", ["app1", "app2"]
NAMES = [WITNESS, *DATABASES, *APPLICATIONS]
FILES = ROOT / "deploy/patroni"
PASSWORD = secrets.token_urlsafe()
FRONT = SimpleNamespace(url="http://front:8000")


class Cluster:
    def __init__(self, hosts):
        self.hosts = hosts
        self.workers = {}
        self.database = Postgresql(",".join(DATABASES), "5432", "notes", PASSWORD, "notes")

    def start(self, application_count=2):
        for name in ["db1", "db2", WITNESS]:
            host = self.hosts[name]
            host.start("etcd", is_postgres=True, **etcd_variables(host))
        for name in DATABASES:
            self.start_patroni(name)
        eventually(self.is_healthy, seconds=120)
        self.create_database()
        self.migrate()
        subprocess.Popen(["haproxy", "-db", "-f", FILES / "haproxy.cfg"])
        for name in APPLICATIONS[:application_count]:
            self.start_application(name)
        eventually(lambda: is_ready(FRONT), seconds=30)

    def start_patroni(self, name):
        host = self.hosts[name]
        host.start(
            "patroni", FILES / "patroni.yml", is_postgres=True,
            PATRONI_NAME=name, PATRONI_RESTAPI_CONNECT_ADDRESS=f"{name}:8008",
            PATRONI_POSTGRESQL_CONNECT_ADDRESS=f"{name}:5432",
            PATRONI_POSTGRESQL_DATA_DIR=str(host.directory / "data"),
            PATRONI_POSTGRESQL_PGPASS=str(host.directory / "pgpass"),
            PATRONI_SUPERUSER_PASSWORD=PASSWORD, PATRONI_REPLICATION_PASSWORD=PASSWORD,
        )  # fmt: skip

    def members(self):
        """What Patroni says of each database; nothing while nobody responds."""
        for name in DATABASES:
            try:
                with urllib.request.urlopen(f"http://{name}:8008/cluster", timeout=0.5) as response:
                    members = json.load(response)["members"]
            except OSError:
                continue
            if any(member["role"] == "leader" for member in members):
                return members
        return []

    def primary(self):
        return next((member["name"] for member in self.members() if member["role"] == "leader"), None)

    def is_healthy(self):
        """Whether there is a primary, and both others follow it, one of them synchronously."""
        members = self.members()
        roles = sorted(member["role"] for member in members)
        is_following = all(member["state"] in ("running", "streaming") for member in members)
        timelines = {member.get("timeline") for member in members}
        return roles == ["leader", "replica", "sync_standby"] and is_following and len(timelines) == 1

    def create_database(self):
        self.query(f"CREATE ROLE notes LOGIN PASSWORD '{PASSWORD}'", "postgres")
        self.query("CREATE DATABASE notes OWNER notes", "postgres")

    def query(self, statement, database="notes"):
        """Run a statement on the primary, as the superuser."""
        address = {**self.database.address, "user": "postgres", "dbname": database}
        with psycopg.connect(**address, target_session_attrs="read-write", autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def migrate(self):
        command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environment(self.database), check=True)

    def start_application(self, name):
        host = self.hosts[name]
        spool = host.directory / "spool"
        spool.mkdir()
        variables = environment(
            self.database, HOST="0.0.0.0", PORT="8000", WEB_CONCURRENCY="2", REQUEST_TIMEOUT="", SPOOL_DIR=str(spool),
            ALLOWED_HOSTS="front,app1,app2", TRUSTED_PROXIES="10.77.0.2", PYTHONPATH=str(ROOT),
        )  # fmt: skip
        host.start(sys.executable, "-m", "gunicorn", "--chdir", ROOT, "-c", ROOT / "gunicorn.conf.py", **variables)
        eventually(lambda: is_ready(SimpleNamespace(url=f"http://{name}:8000")), seconds=60)
        self.workers[name] = set(host.pids())

    def application_pids(self):
        return {name: set(self.hosts[name].pids()) for name in self.workers}


def etcd_variables(host):
    """The variables of etcd.env, with the name of this host where the file says so."""
    lines = Path(FILES, "etcd.env").read_text().splitlines()
    found = {}
    for before, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name] = value.replace("db1", host.name) if before == "# name" else value
    return {**found, "ETCD_DATA_DIR": str(host.directory / "etcd")}
