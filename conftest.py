"""The cast of the tests: Alice owns, Bob is another user, Mallory attacks."""

import logging
import os
import sys

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiToken, Session, User
from accounts.tokens import AccessToken
from notes_api.compiled import statement, statement_anew

PASSWORD = "correct horse battery"


def pytest_configure():
    """Nothing is left of a run before this one in the same process, as there is in mutation testing."""
    for handler in logging.getLogger().handlers:
        handler.setStream(sys.stderr)
    statement.cache_clear()
    statement_anew.cache_clear()


def pytest_xdist_auto_num_workers():
    """One worker more than there are processors, for many tests wait for a server."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(autouse=True)
def _database(db):
    """Every test may use the database."""


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
    """A client that is not logged in."""
    return APIClient()


@pytest.fixture
def as_user():
    """`as_user(alice)` is a client on which Alice is logged in."""

    def log_in(user):
        session = Session.objects.create(user=user)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.of(session)}")
        client.session_row = session
        return client

    return log_in


@pytest.fixture
def by_token():
    """`by_token(alice, "notes:read")` is a client with an API token of Alice's."""

    def present(user, *scopes, **values):
        token = ApiToken.objects.issue(Session.objects.create(user=user), "Script", scopes, **values)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.secret}")
        client.token_row = token
        return client

    return present


@pytest.fixture
def superuser():
    return User.objects.create_superuser("root@example.com", PASSWORD)


@pytest.fixture
def support():
    """Staff who may do everything with users, and look at notes, but are no superuser."""
    user = User.objects.create_user("support@example.com", PASSWORD, is_staff=True)
    names = ["view_user", "add_user", "change_user", "delete_user", "view_note", "view_apitoken", "change_apitoken"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user


@pytest.fixture
def in_admin():
    """`in_admin(superuser)` is a browser with the admin open."""

    def open_admin(user):
        browser = Client()
        browser.force_login(user)
        return browser

    return open_admin


@pytest.fixture
def staff():
    return User.objects.create_user("staff@example.com", PASSWORD, is_staff=True)
