"""Fixtures of these tests: the path of a request, the environment of the product, and a database that hangs."""

import base64
import io
import logging
import math
import os
import runpy
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.tests.authenticator_app import code
from notes_api import settings as product_settings
from notes_api.db.sqlite import group_commit
from notes_api.db.sqlite.group_commit import SharedWriter
from notes_api.db.sqlite.reserve import RESERVE_BYTES, Reserve
from notes_api.db.storage import storage
from notes_api.server import thread_pool
from notes_api.tests.browser import running_browser
from notes_api.tests.live_server import PASSWORD, connected, log_in, logged_in
from notes_api.tests.product_client import ProductHandler
from notes_api.tests.thread_pools import FakeConnection

TRANSPORT = [
    "ALLOWED_HOSTS",
    "CSRF_COOKIE_PATH",
    "CSRF_COOKIE_SECURE",
    "CSRF_TRUSTED_ORIGINS",
    "PUBLIC_BASE_URL",
    "SECURE_HSTS_SECONDS",
    "SECURE_PROXY_SSL_HEADER",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_SECURE",
    "TRUSTED_PROXIES",
    "CORS_ALLOWED_ORIGINS",
]


@pytest.fixture(scope="session")
def shared_browser():
    with running_browser() as browser:
        yield browser


@pytest.fixture
def browser(shared_browser):
    """The browser of this process, on an empty page and without the reports of earlier tests."""
    shared_browser.open("about:blank")
    shared_browser.events()
    shared_browser.complaints()
    return shared_browser


@pytest.fixture
def staff_email(browser, product, served_database):
    """The e-mail address of an account, which is not logged in to the admin."""
    with logged_in(product) as client:
        # `manage.py createuser` would take a second.
        served_database.query(
            f"UPDATE accounts_user SET is_staff = true, is_superuser = true WHERE email = '{client.email}'"
        )
    browser.command("Network.clearBrowserCookies", {})
    return client.email


@pytest.fixture
def member_of_staff(product, staff_email):
    """The e-mail address of an account with a second factor, and its secret."""
    email = staff_email
    with connected(product) as client:
        client.headers["Authorization"] = f"Bearer {log_in(client, email).json()['access_token']}"
        secret = base64.b32decode(client.post("/users/me/otp", json={"password": PASSWORD}).json()["secret"])
        client.post("/users/me/otp/confirm", json={"otp": code(secret)}).raise_for_status()
    return email, secret


@pytest.fixture
def log():
    """Everything that the server writes to standard error, from DEBUG upwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handler = next(handler for handler in root.handlers if handler.formatter and hasattr(handler, "stream"))
    previous, level = handler.setStream(stream), root.level
    root.setLevel("DEBUG")
    yield stream
    root.setLevel(level)
    handler.setStream(previous)


@pytest.fixture
def pooled(monkeypatch):
    """The connection as it is behind a pooler in transaction mode (PostgreSQL only)."""
    connection.ensure_connection()
    monkeypatch.setattr(connection.runner, "is_pooled", True)


@pytest.fixture(params=["short path", "middleware chain"])
def _both_paths(request, monkeypatch):
    """Run the test on both paths through the application: their responses must not differ."""
    monkeypatch.setattr(ProductHandler, "uses_short_path", request.param == "short path")


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def set_environment(monkeypatch, settings):
    """`set_environment(PUBLIC_BASE_URL=…)` applies these variables to the settings."""

    def set_environment(**variables):
        monkeypatch.delenv("ALLOWED_HOSTS")
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        read = runpy.run_path(product_settings.__file__)
        for name in TRANSPORT:
            setattr(settings, name, read[name])

    return set_environment


@pytest.fixture
def fake_connection(monkeypatch):
    """The only database connection of the threads."""
    connection = FakeConnection()
    fake = SimpleNamespace(all=lambda: [connection], close_all=connection.close)
    monkeypatch.setattr(thread_pool, "connections", fake)
    monkeypatch.setattr(thread_pool, "CUT_OFF_INTERVAL", 0.02)
    yield connection
    connection.close()


@pytest.fixture
def shared(tmp_path, monkeypatch):
    """All transactions of this process write over one connection, as in a server."""
    writer = SharedWriter(str(tmp_path / "lock"))
    monkeypatch.setattr(group_commit, "shared_writer", writer)
    yield writer
    monkeypatch.undo()
    if writer.connection is not None:
        writer.connection.close()


@pytest.fixture
def closing(monkeypatch):
    """The end of a background thread: `has_begun` is set when it closes its connections, `is_done` a moment later."""
    events = SimpleNamespace(has_begun=threading.Event(), is_done=threading.Event())

    def close_all():
        events.has_begun.set()
        time.sleep(0.1)
        events.is_done.set()

    monkeypatch.setattr("notes_api.background_tasks.connections.close_all", close_all)
    return events


@pytest.fixture
def disk(monkeypatch, tmp_path):
    """A disk on which the reserve finds `free` bytes. The database itself is on another disk, which is not full."""
    for name in ("failed_at", "logged_at"):
        monkeypatch.setattr(storage, name, -math.inf)
    # Earlier tests may have left free pages in the database of this process.
    monkeypatch.setattr("notes_api.db.storage.FREE_PAGE_BYTES", math.inf)
    disk = SimpleNamespace(free=100 * RESERVE_BYTES)
    monkeypatch.setattr(os, "statvfs", lambda path: SimpleNamespace(f_bavail=disk.free, f_frsize=1))
    monkeypatch.setattr(storage, "reserve", Reserve(tmp_path / "notes.sqlite3"))
    disk.reserve = storage.reserve
    assert disk.reserve.keep()
    return disk


@pytest.fixture
def full_disk(disk):
    disk.free = 0
    storage.report_full()
    return disk
