"""A database of each earlier version is migrated to this one, and nothing in it is lost."""

import io
import json
from contextlib import suppress

import pytest
from django.core.management import call_command

from conftest import PASSWORD
from notes.tests.backups import connected_to
from notes.tests.feeds import pull
from notes.tests.upgrades.states import STATES, database_of, responses_of
from notes_api import settings as product_settings

INVARIANTS = {"migrations", "integrity", "clocks", "tags", "search"}


@pytest.fixture(params=STATES)
def state(request, transactional_db):
    """The name of a state; the database of this process is in that state."""
    with database_of(request.param) as database, connected_to(database):
        yield request.param


def faults():
    """Return what doctor finds wrong with the database."""
    with suppress(SystemExit):
        call_command("doctor", "--json", stdout=(output := io.StringIO()))
    findings = json.loads(output.getvalue())
    return [finding for finding in findings if finding["subject"] in INVARIANTS and finding["level"] != "ok"]


def require_kept(responses, client):
    """Check that the API returns what it returned before."""
    for path, earlier in responses.items():
        assert shared_members(earlier, client.get(path).json()) == earlier
    assert pull(client, responses["/changes"]["next"])["changes"] == []


def shared_members(earlier, now):
    """Return the members of `now` that `earlier` has too: the API only grows."""
    if isinstance(earlier, dict):
        return {name: shared_members(value, now.get(name)) for name, value in earlier.items()}
    if isinstance(earlier, list):
        return [shared_members(*values) for values in zip(earlier, now, strict=True)]
    return now


def test_everything_in_a_database_of_an_earlier_version_is_kept(state, client, settings):
    settings.PASSWORD_HASHERS = product_settings.PASSWORD_HASHERS

    call_command("migrate", verbosity=0)

    response = client.post("/login", {"username": "alice@example.com", "password": PASSWORD})
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {response.json()['access_token']}")
    require_kept(responses_of(state), client)
    assert client.post("/notes", {"title": "After the upgrade"}).status_code == 201
    assert faults() == []
