"""Fixtures for all tests. Alice owns the notes, Bob is another user and Mallory attacks."""

import gc
import logging
import os
import sys
from contextlib import nullcontext, suppress

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import Atomic
from django.test import Client, TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as examples

from accounts.admin.second_factor import SESSION_KEY
from accounts.authentication.tokens import AccessToken
from accounts.models import ApiToken, SecondFactor, Session, User
from accounts.models.announcements import announcements
from accounts.models.last_use import last_uses
from notes_api.background_tasks import run_task
from notes_api.db.compiled import compile_once, compile_once_for_custom_plans
from notes_api.tests.migrated_database import connect_to_copy, connections_allowed, delete_copy
from notes_api.tests.product_client import ProductClient
from outbox.worker import workers

# The number of examples of a property; `make soak` tries more.
EXAMPLES = int(os.environ.get("SOAK_EXAMPLES", "30"))
# The examples do not depend on the run, and a busy machine may take its time for them. A fixture may serve several
# examples: a test that writes rows allows for that.
examples.register_profile(
    "tests",
    deadline=None,
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
examples.load_profile("tests")

pytest_plugins = ["notes_api.tests.served_product"]

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple battery horse"
# Client addresses, reserved for documentation (RFC 5737).
HERE, ELSEWHERE, THIRD = "203.0.113.5", "198.51.100.7", "192.0.2.9"
# Where a test freezes the time, unless it needs another moment; and a valid id that no note has.
START = "2026-01-05T09:00:00Z"
NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"


def pytest_configure():
    """Reset what an earlier run in the same process left behind: mutation testing runs the tests many times."""
    gc.unfreeze()
    # Until the tests are collected there is no garbage, only more and more objects to scan.
    gc.disable()
    for handler in logging.getLogger().handlers:
        handler.setStream(sys.stderr)
    compile_once.cache_clear()
    compile_once_for_custom_plans.cache_clear()


def pytest_collection_finish():
    """Leave the modules and tests out of garbage collections, each of which would take up to a second."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers():
    """Use two workers more than there are processors, because many tests wait for a server.

    A worker and its servers take up to 30 connections to PostgreSQL.
    """
    workers = (os.cpu_count() or 1) + 2
    return min(workers, max(connections_allowed() // 30, 1)) if settings.DATABASE_HOSTNAME else workers


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, tmp_path_factory):
    """Test on a copy of the migrated database, and return the name of the latter: servers use copies of it, too."""
    directory = tmp_path_factory.getbasetemp()
    directory = directory.parent if "PYTEST_XDIST_WORKER" in os.environ else directory
    with django_db_blocker.unblock():
        migrated = connect_to_copy(directory)
    yield migrated
    with django_db_blocker.unblock():
        delete_copy(directory, migrated)


@pytest.fixture(autouse=True, scope="session")
def _quick_flush():
    """Delete only what tests can add: `flush` would also create all permissions again, in most of its time."""
    keep = {model._meta.db_table for model in (ContentType, Permission, Group, Group.permissions.through)}

    def flush(case):
        tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - keep)
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush)
        yield


@pytest.fixture(autouse=True)
def _database(db):
    """Every test may use the database."""


@pytest.fixture(autouse=True)
def _tasks_run_at_once(monkeypatch):
    """Background work runs at once: a thread would not see what the transaction around a test has written."""
    for each in workers:
        monkeypatch.setattr(each, "wake", each.work)
    monkeypatch.setattr("notes_api.server.metrics_view.run_in_background", run_task)
    for batch in (last_uses, announcements):
        monkeypatch.setattr(batch, "add", lambda key, value, b=batch: run_task(lambda: b.write({key: value})))


@pytest.fixture
def on_commit(db, monkeypatch):
    """What waits for a commit happens when the outermost block inside of the transaction around the test ends.

    A test that really commits costs more: all tables have to be emptied after it.
    """
    leave, wait = Atomic.__exit__, BaseDatabaseWrapper.on_commit

    def run_callbacks(connection):
        if all(block._from_testcase for block in connection.atomic_blocks):
            callbacks, connection.run_on_commit = connection.run_on_commit, []
            for _, callback, is_robust in callbacks:
                with suppress(Exception) if is_robust else nullcontext():
                    callback()

    def leave_and_run(block, *error):
        leave(block, *error)
        run_callbacks(connections[block.using or DEFAULT_DB_ALIAS])

    def wait_or_run(connection, callback, robust=False):
        wait(connection, callback, robust)
        run_callbacks(connection)

    monkeypatch.setattr(Atomic, "__exit__", leave_and_run)
    monkeypatch.setattr(BaseDatabaseWrapper, "on_commit", wait_or_run)
    # Possible only after a real commit.
    monkeypatch.setattr("notes_api.db.sqlite.checkpoint_and_truncate", lambda: None)


@pytest.fixture
def task_thread(_tasks_run_at_once, monkeypatch):
    """Batches are written in a thread, as they are in the product."""
    monkeypatch.delattr(last_uses, "add")
    monkeypatch.delattr(announcements, "add")


@pytest.fixture
def at_nine(time_machine):
    """Time is frozen at `START`."""
    time_machine.move_to(START, tick=False)


@pytest.fixture
def alice():
    return User.objects.create_user("alice@example.com", PASSWORD)


@pytest.fixture
def bob():
    return User.objects.create_user("bob@example.com", PASSWORD)


@pytest.fixture
def mallory():
    return User.objects.create_user("mallory@example.com", PASSWORD)


@pytest.fixture
def client():
    """A client without credentials."""
    return ProductClient()


@pytest.fixture
def as_user():
    """`as_user(alice)` returns a client with a login session of Alice, who used her second factor if it is on."""

    def log_in(user):
        factor = SecondFactor.objects.of(user).on().first() or SecondFactor()
        session = Session.objects.create(user=user, factor_confirmed_at=factor.confirmed_at)
        client = ProductClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")
        client.session_row = session
        return client

    return log_in


@pytest.fixture
def by_token():
    """`by_token(alice, "notes:read")` returns a client with an API token of Alice."""

    def present(user, *scopes, **values):
        token = ApiToken.objects.issue(Session.objects.create(user=user), "Script", scopes, **values)
        client = ProductClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
        client.token_row = token
        return client

    return present


@pytest.fixture
def superuser():
    return User.objects.create_superuser("root@example.com", PASSWORD)


@pytest.fixture
def support():
    """A member of staff who may manage users and view notes but is not a superuser."""
    user = User.objects.create_user("support@example.com", PASSWORD, is_staff=True)
    users = ["view_user", "add_user", "change_user", "delete_user"]
    names = [*users, "view_note", "view_apitoken", "change_apitoken", "view_import", "view_export"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def in_admin():
    """`in_admin(superuser)` returns a client logged in to the admin, with the second factor if it is on."""

    def open_admin(user):
        browser = Client()
        browser.force_login(user)
        if factor := SecondFactor.objects.of(user).on().first():
            session = browser.session
            session[SESSION_KEY] = factor.confirmed_at.isoformat()
            session.save()
        return browser

    return open_admin


@pytest.fixture
def staff():
    return User.objects.create_user("staff@example.com", PASSWORD, is_staff=True)
