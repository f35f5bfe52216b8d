"""What the log says about failures: tracebacks, causes of a 503 and slow statements, without the values of a query."""

import logging
import re
import sys

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts.models import User
from notes.tests.factories import make_note
from notes_api.monitoring.logs import SafeTextFormatter

MARKER = "xylograph7319"


def insert_twice():
    for _ in range(2):
        User(email=f"{MARKER}@example.com").save(force_insert=True)


def fail_after_a_failed_query():
    try:
        insert_twice()
    except IntegrityError as error:
        raise RuntimeError from error


def insert_without_a_time():
    User(email=f"{MARKER}@example.com", created_at=None).save(force_insert=True)


def compare_with_a_number():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 WHERE 1 = CAST(%s AS integer)", [MARKER])


on_postgresql = pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite converts any text")
FAILING = [
    insert_twice,
    fail_after_a_failed_query,
    insert_without_a_time,
    pytest.param(compare_with_a_number, marks=on_postgresql),
]


@pytest.mark.parametrize("query", FAILING)
def test_the_traceback_of_a_failed_query_is_logged_without_its_values(as_user, alice, log, monkeypatch, query):
    monkeypatch.setattr("notes.views.tags.clean_tag", lambda *args: query())
    phone = as_user(alice)
    phone.raise_request_exception = False

    assert phone.delete("/tags/work").status_code == 500
    assert "Traceback" in log.getvalue()
    assert MARKER not in log.getvalue()


def test_the_message_of_a_failed_query_says_what_failed(as_user, alice, log, monkeypatch):
    monkeypatch.setattr("notes.views.tags.clean_tag", lambda *args: insert_twice())
    phone = as_user(alice)
    phone.raise_request_exception = False
    phone.delete("/tags/work")

    reasons = {"postgresql": 'duplicate key value violates unique constraint "accounts_user_email_key"'}
    reason = reasons.get(connection.vendor, "UNIQUE constraint failed: accounts_user.email")
    assert f"django.db.utils.IntegrityError: {reason}\n" in log.getvalue()


def test_a_traceback_that_another_handler_has_formatted_is_formatted_again(alice):
    try:
        User(email=alice.email).save(force_insert=True)
    except IntegrityError:
        record = logging.LogRecord("notes_api", logging.ERROR, __file__, 1, "Failed", (), sys.exc_info())
    record.exc_text = MARKER

    assert MARKER not in SafeTextFormatter().format(record)


def test_a_failing_request_is_logged_without_its_path(as_user, alice, log, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    make_note(owner=alice, tags=[MARKER])
    phone = as_user(alice)
    phone.raise_request_exception = False
    monkeypatch.setattr("notes.views.tags.clean_tag", fail)

    assert phone.delete(f"/tags/{MARKER}").status_code == 500
    assert "ERROR django.request Internal Server Error: /tags/{name}" in log.getvalue()
    assert MARKER not in log.getvalue()


@pytest.mark.usefixtures("_both_paths")
def test_a_traceback_is_logged_once_with_the_id_of_its_request(as_user, alice, log, monkeypatch):
    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("notes.views.tags.clean_tag", fail)
    phone = as_user(alice)
    phone.raise_request_exception = False
    phone.delete("/tags/work", headers={"X-Request-ID": "incident-7"})

    assert log.getvalue().count("Traceback") == 1
    assert "ERROR django.request Internal Server Error: /tags/{name} incident-7\n" in log.getvalue()


def use_too_much_time():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '1ms'")
        cursor.execute("SELECT pg_sleep(1)")


def open_a_missing_file():
    with connection.cursor() as cursor:
        cursor.execute("ATTACH '/nowhere/notes.sqlite3' AS nowhere")


@pytest.mark.usefixtures("_both_paths")
def test_the_cause_of_a_503_is_logged_once_with_its_code(as_user, alice, log, monkeypatch):
    fail, code = {
        "postgresql": (use_too_much_time, "SQLSTATE 57014: canceling statement due to statement timeout"),
        "sqlite": (open_a_missing_file, "SQLITE_CANTOPEN: unable to open database: /nowhere/notes.sqlite3"),
    }[connection.vendor]
    monkeypatch.setattr("notes.views.tags.clean_tag", lambda *args: fail())
    with transaction.atomic():
        response = as_user(alice).delete("/tags/work", headers={"X-Request-ID": "incident-7"})
        transaction.set_rollback(True)

    assert response.status_code == 503
    assert [line.split(" ", 2)[2] for line in log.getvalue().splitlines() if "notes_api.access" not in line] == [
        f"WARNING notes_api.database A request failed: {code} incident-7"
    ]
    assert f" account {alice.pk} credential " in log.getvalue()
    assert "refused database incident-7\n" in log.getvalue()


def test_a_full_account_is_no_fault_of_the_server(as_user, alice, log, settings):
    settings.MAX_BYTES_PER_USER = 1
    assert as_user(alice).post("/notes", {"title": "Milk"}).status_code == 507

    assert " INFO notes_api.access POST /notes 507 " in log.getvalue()


def test_a_slow_request_shows_its_slowest_statement_without_values(as_user, alice, log, settings):
    settings.SLOW_REQUEST_MS = 1
    as_user(alice).get(f"/notes?q={MARKER}", headers={"X-Request-ID": "incident-7"})

    [line] = [line for line in log.getvalue().splitlines() if "notes_api.slow" in line]
    # On a busy machine any of them may be the slowest.
    assert re.search(r"GET /notes took [\d.]+ ms, its slowest statement [\d.]+ ms: SELECT .* incident-7$", line)
    assert MARKER not in log.getvalue()
