"""/livez and /readyz."""

import itertools

import pytest
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from notes_api.server import shutdown
from notes_api.server.migrated import migrations


def database_is_away(execute, sql, params, many, context):
    raise OperationalError("the connection is lost")


@pytest.fixture
def shut_down():
    yield shutdown.begin_shutdown
    shutdown._has_begun.clear()
    shutdown._is_replaced.clear()


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_a_healthy_process_is_ready(client, address):
    response = client.get(address)

    assert response.status_code == 200
    assert response.json().items() >= {"status": "ok"}.items()


def test_liveness_does_not_need_the_database(client, django_assert_num_queries):
    with connection.execute_wrapper(database_is_away), django_assert_num_queries(0):
        response = client.get("/livez")

    assert response.status_code == 200


def test_without_the_database_a_process_is_not_ready(client, caplog):
    with connection.execute_wrapper(database_is_away):
        response = client.get("/readyz")

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (response.json()["code"], response.json()["detail"]) == ("not_ready", "The database does not respond.")
    assert "A request failed: OperationalError: the connection is lost" in caplog.messages


def test_with_the_database_not_migrated_a_process_is_not_ready(client):
    newest = MigrationLoader(connection).graph.leaf_nodes("notes")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    migrations.are_applied.clear()

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["detail"] == "The database is not migrated: run `manage.py migrate`."


def test_an_earlier_version_serves_a_database_that_a_newer_one_has_migrated_and_says_so(client, caplog):
    MigrationRecorder(connection).record_applied("notes", "9999_of_a_newer_version")
    migrations.are_applied.clear()

    responses = [client.get("/readyz") for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert caplog.text.count("A newer version has migrated the database") == 1


def test_a_process_that_shuts_down_is_alive_but_not_ready(client, shut_down):
    shut_down(is_replaced=False)

    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").json()["detail"] == "The server is shutting down."


def test_a_process_whose_successor_is_ready_stays_ready(client, shut_down):
    shut_down(is_replaced=True)

    assert client.get("/readyz").status_code == 200


def test_probes_work_with_any_host_name(client, subtests):
    for address, host in itertools.product(["/livez", "/readyz"], ["10.0.0.7:8000", "container", "[fd00::1]"]):
        with subtests.test(address=address, host=host):
            assert client.get(address, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("address", ["/livez", "/readyz"])
def test_probes_are_not_redirected_to_https(client, address, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert client.get(address).status_code == 200
