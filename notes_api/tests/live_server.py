"""The served product: with its own command and configuration, on a database of its own."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
from django.conf import settings

from notes_api.tests.edge.server import ROOT, get, gunicorn

PASSWORD = "correct horse battery"


class Sqlite:
    """A database file."""

    def __init__(self, path):
        self.variables = {"DATABASE_HOSTNAME": "", "DATABASE_PATH": str(path)}
        self.path = path

    def query(self, statement):
        with closing(sqlite3.connect(self.path, timeout=20)) as connection, connection:
            return connection.execute(statement).fetchall()

    @contextmanager
    def transaction(self):
        """Yield `execute`; its statements take effect at the end."""
        with closing(sqlite3.connect(self.path, timeout=20, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield connection.execute
            connection.execute("COMMIT")


class Postgresql:
    """A database of a PostgreSQL server."""

    def __init__(self, host, port, user, password, name):
        self.address = {"host": host, "port": port, "user": user, "password": password}
        self.name = name
        self.variables = {
            "DATABASE_HOSTNAME": host,
            "DATABASE_PORT": str(port),
            "DATABASE_USERNAME": user,
            "DATABASE_PASSWORD": password,
            "DATABASE_NAME": name,
        }

    def query(self, statement, database=None):
        with psycopg.connect(**self.address, dbname=database or self.name, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self):
        """Yield `execute`; its statements take effect at the end."""
        with psycopg.connect(**self.address, dbname=self.name) as connection:
            yield connection.execute


@contextmanager
def scratch_database(template=None):
    """A migrated database on the engine of the tests, a copy if there is a template; it is deleted afterwards."""
    with new_database(template) as database:
        yield database if template else migrated(database)


@contextmanager
def new_database(template=None):
    """A database without tables on the engine of the tests, or a copy; it is deleted afterwards."""
    default = settings.DATABASES["default"]
    if settings.DATABASE_HOSTNAME:
        name = f"{default['NAME']}_{secrets.token_hex(4)}"
        database = Postgresql(default["HOST"], default["PORT"], default["USER"], default["PASSWORD"], name)
        database.query(f'CREATE DATABASE "{name}" TEMPLATE "{template or "template1"}"', "postgres")
        try:
            yield database
        finally:
            database.query(f'DROP DATABASE "{name}" WITH (FORCE)', "postgres")
    else:
        with tempfile.TemporaryDirectory() as directory:
            database = Sqlite(Path(directory, "notes.sqlite3"))
            if template:
                shutil.copy(template, database.path)
            yield database


def migrated(database):
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment(database), check=True)
    return database


# With these a server of an experiment runs as in production, with several workers and the deadline of requests.
PRODUCT = {
    "DJANGO_SETTINGS_MODULE": "notes_api.settings",
    "WEB_CONCURRENCY": "2",
    "REQUEST_TIMEOUT": "",
    "LOG_LEVEL": "ERROR",
}


def environment(database, **variables):
    """Return the environment of the server, without the developer's own variables."""
    return {
        "PATH": os.environ["PATH"],
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "notes_api.tests.live_server_settings",
        "SECRET_KEY": "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t",
        "LOG_LEVEL": "WARNING",
        # Another worker costs a second of CPU. Tests of several say so.
        "WEB_CONCURRENCY": "1",
        "THROTTLE_LOGIN": "",
        "THROTTLE_REGISTER": "",
        "THROTTLE_MAIL": "",
        # On a busy machine many requests may take long.
        "REQUEST_TIMEOUT": "30",
        **database.variables,
        **variables,
    }


@contextmanager
def serving(database, **variables):
    """Run gunicorn, as in production, on that database."""
    with gunicorn(environment(database, **variables), "PORT", wait_until_ready) as server:
        yield server


def wait_until_ready(server):
    server.wait_until(lambda: is_ready(server), seconds=60)


def is_ready(server):
    try:
        return get(f"{server.url}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def connected(server, **options):
    """A client with room for as many parallel requests as a test has threads; over plain HTTP, as `get`."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    return httpx.Client(base_url=server.url, timeout=60, limits=limits, verify=False, **options)


@contextmanager
def logged_in(server, email=None):
    """A client with a new account; its address is `client.email`."""
    email = email or f"{secrets.token_hex(6)}@example.com"
    with connected(server) as client:
        client.email = email
        client.post("/users", json={"email": email, "password": PASSWORD}).raise_for_status()
        client.tokens = log_in(client, email).json()
        client.headers["Authorization"] = f"Bearer {client.tokens['access_token']}"
        yield client


def log_in(client, email, password=PASSWORD):
    return client.post("/login", data={"username": email, "password": password})
