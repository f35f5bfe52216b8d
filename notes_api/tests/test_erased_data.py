"""After an erasure nothing of the account is left in any table or free page of the database."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.flows.password_change import replace_password
from accounts.models import ApiToken, User
from accounts.tests.staff import USERS, revoke_tokens, run, save
from conftest import NEW_PASSWORD, PASSWORD
from notes.tests.factories import make_trashed
from notes_api.config.rate import Rate
from notes_api.tests.live_server import logged_in

MARKER = "xylograph7319"


def query(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def dump(query=query, path=None):
    """Return every row of every table; for SQLite, the bytes of its files including free pages."""
    tables = connection.introspection.django_table_names(only_existing=True)
    rows = [repr(row) for table in tables for row in query(f'SELECT * FROM "{table}"')]
    return "\n".join(rows) + bytes_of(path or connection.settings_dict["NAME"])


def bytes_of(path):
    if connection.vendor != "sqlite":
        return ""
    files = [Path(f"{path}{suffix}") for suffix in ("", "-wal")]
    return "".join(file.read_bytes().decode("latin-1") for file in files if file.exists())


def keep_much(send):
    """Everything that an account can leave, with the marker in it: revisions, trash, tombstones, stored responses."""
    note = {"title": MARKER, "content": f"{MARKER} " * 2000, "tags": [MARKER]}
    made = [send("POST", "/notes", note, {"Idempotency-Key": f"{MARKER} {number}"}) for number in range(3)]
    kept, trashed, purged = [answer.headers["Location"] for answer in made]
    for address in (kept, trashed, purged):
        send("PATCH", address, {"content": f"another {MARKER}"}, {})
    batch = {"operations": [{"op": "create", "note": note}]}
    send("POST", "/notes/batch", batch, {"Idempotency-Key": MARKER})
    send("DELETE", trashed, None, {})
    send("DELETE", purged, None, {})
    send("DELETE", purged.replace("/notes/", "/trash/"), None, {})


@pytest.fixture
def person():
    """A former member of staff, who was also managed by staff."""
    person = User.objects.create_user(f"{MARKER}@example.com", PASSWORD, is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename="view_user"))
    return person


def manage(browser, person):
    """Do everything to an account that staff can do and undo."""
    save(browser, person, email=f"new.{MARKER}@example.com", is_staff="")
    person.refresh_from_db()
    run(browser, "end_sessions", person)
    run(browser, "deactivate", person)
    run(browser, "reactivate", person)
    form = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true", "set-password": "1"}
    browser.post(f"{USERS}{person.pk}/password/", form)
    replace_password(person, PASSWORD)


@pytest.fixture
def life(client, in_admin, superuser, person, settings):
    """A client of the API with a long history."""
    settings.THROTTLE_LOGIN = Rate(10, 900)
    in_admin(person)
    manage(in_admin(superuser), person)
    login = {"username": person.email, "password": PASSWORD}
    tokens = client.post("/login", login, headers={"User-Agent": f"{MARKER}/1.0"}).json()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens['access_token']}")
    client.post("/tokens", {"name": MARKER, "scopes": ["notes:read"]})
    revoke_tokens(in_admin(superuser), ApiToken.objects.get(name=MARKER))
    keep_much(lambda method, path, body, headers: getattr(client, method.lower())(path, body, headers=headers))
    return client


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_an_account_that_erased_itself(life):
    assert dump().count(MARKER) > 20

    assert life.post("/users/me/erase", {"password": PASSWORD}).status_code == 204

    assert dump().count(MARKER) == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_an_account_that_staff_deleted(life, in_admin, superuser, person):
    in_admin(superuser).post(f"{USERS}{person.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=person.pk).exists()
    assert dump().count(MARKER) == 0


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_a_token_that_staff_revoked_and_the_daily_job_removed(life, person, time_machine):
    prefix = ApiToken.objects.get().prefix
    assert prefix in dump()
    time_machine.move_to(timezone.now() + timedelta(days=40))
    call_command("purge", "--trust-clock")
    assert not ApiToken.objects.exists()
    token = life.post("/login", {"username": person.email, "password": PASSWORD}).json()["access_token"]
    life.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    assert life.post("/users/me/erase", {"password": PASSWORD}).status_code == 204

    assert (dump().count(MARKER), dump().count(prefix)) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_daily_job_leaves_nothing_of_a_purged_note(alice):
    note = make_trashed(owner=alice, title=MARKER, content=f"{MARKER} " * 2000, tags=[MARKER])
    note.purge()

    call_command("purge", "--trust-clock")

    assert dump().count(MARKER) == 0


def test_nothing_is_left_of_an_account_that_was_erased_on_a_busy_server(product, served_database):
    """Many connections are open, and none holds a snapshot of earlier pages."""
    path = getattr(served_database, "path", None)
    with logged_in(product, f"{MARKER}@example.com") as one, logged_in(product) as other:
        keep_much(lambda method, path, body, headers: one.request(method, path, json=body, headers=headers))
        other.get("/notes").raise_for_status()
        assert dump(served_database.query, path).count(MARKER) > 20

        one.post("/users/me/erase", json={"password": PASSWORD}).raise_for_status()

        assert dump(served_database.query, path).count(MARKER) == 0
