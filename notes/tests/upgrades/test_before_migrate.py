"""Requests to a server whose database is not migrated yet."""

from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from notes.tests.upgrades.make_state import EMAIL
from notes_api.server.migrated import migrations


@pytest.fixture(autouse=True)
def _new_process():
    def forget():
        migrations.are_applied.clear()
        migrations.is_reported.clear()
        migrations.looked_at = float("-inf")

    forget()
    yield
    forget()


def test_requests_get_503_until_the_database_is_migrated(one_behind, client, caplog):
    responses = [client.post("/password/reset", {"email": EMAIL}, format="json") for _ in range(2)]

    assert [response.status_code for response in responses] == [503, 503]
    assert responses[0].headers["Retry-After"] == "5"
    assert responses[0].json()["code"] == "service_unavailable"
    assert "not migrated" in responses[0].json()["detail"]
    assert caplog.text.count("run `manage.py migrate`") == 1

    call_command("migrate", verbosity=0)
    migrations.looked_at = float("-inf")

    assert client.post("/password/reset", {"email": EMAIL}, format="json").status_code == 202


def test_the_log_names_what_is_missing_and_has_no_traceback(one_behind, client, caplog):
    client.post("/password/reset", {"email": EMAIL}, format="json")

    assert "outbox_entry" in caplog.text
    assert "Traceback" not in caplog.text


def test_with_all_migrations_a_missing_column_is_an_error_of_the_server(transactional_db, client):
    client.raise_request_exception = False
    with without_column():
        response = client.post("/password/reset", {"email": EMAIL}, format="json")

    assert response.status_code == 500


@contextmanager
def without_column():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outbox_entry RENAME COLUMN kind TO sort")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE outbox_entry RENAME COLUMN sort TO kind")
