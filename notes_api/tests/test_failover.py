"""Another PostgreSQL takes over: until then requests get 503, and no commit is reported that it does not have."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation
from django.db import connection

from notes_api.db.loop_connection import open_loop_connection
from notes_api.db.postgresql.primary import primary
from notes_api.tests.cluster import running_cluster, running_standby, what_is_missing
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import Postgresql, logged_in, migrated, scratch_database, serving
from notes_api.tests.loop_requests import connected, is_working, run

pytestmark = [
    pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server"),
    pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing()),
]


@pytest.fixture(scope="module")
def cluster():
    with running_cluster() as cluster:
        migrated(cluster.database)
        yield cluster


@pytest.fixture(scope="module")
def server(cluster):
    # Nobody listens on the first port.
    with serving(both(1, cluster.port), REQUEST_TIMEOUT="1") as server:
        yield server


@pytest.fixture
def client(server):
    with logged_in(server) as client:
        yield client


def both(*ports):
    """The databases on these ports, as one."""
    hosts, numbers = ",".join(["127.0.0.1"] * len(ports)), ",".join(map(str, ports))
    return Postgresql(hosts, numbers, "postgres", "", "postgres")


def create(client):
    return client.post("/notes", json={"title": "Milk"}).status_code


def create_in_batch(client):
    return client.post("/notes/batch", json={"operations": [{"op": "create", "note": {"title": "Milk"}}]}).status_code


def titles(client):
    return [note["title"] for note in client.get("/notes").json()["results"]]


@contextmanager
def commits_that_wait(cluster):
    """Let commits wait for a standby that does not exist."""
    cluster.database.query("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    cluster.database.query("SELECT pg_reload_conf()")
    eventually(lambda: cluster.database.query("SHOW synchronous_standby_names") == [("nobody",)])
    try:
        yield
    finally:
        cluster.database.query("ALTER SYSTEM RESET synchronous_standby_names")
        cluster.database.query("SELECT pg_reload_conf()")


@pytest.mark.parametrize(("write", "status"), [(create, 201), (create_in_batch, 200)])
def test_a_commit_that_waits_for_a_standby_is_neither_acknowledged_nor_visible(client, cluster, write, status):
    count = "SELECT count(*) FROM notes_note"
    before = cluster.database.query(count)
    with ThreadPoolExecutor(1) as threads:
        with commits_that_wait(cluster):
            response = threads.submit(write, client)
            # Until long after the deadline of the request.
            time.sleep(2.5)
            was_done, during = response.done(), cluster.database.query(count)
        assert (was_done, response.result()) == (False, status)
    assert (during, titles(client)) == (before, ["Milk"])


def test_requests_use_the_new_primary_also_when_the_former_one_comes_back():
    with running_cluster() as former, running_standby(former) as standby:
        migrated(former.database)
        servers = both(former.port, standby.port)
        with serving(servers, REQUEST_TIMEOUT="3") as server, logged_in(server) as client:
            statuses = [create(client) for _ in range(5)]
            former.freeze()
            while_away = create(client)
            standby.database.query("SELECT pg_promote()")
            eventually(lambda: create(client) == 201)
            former.thaw()

            assert (statuses, while_away) == ([201] * 5, 503)
            # On the event loop and in every thread.
            for _ in range(10):
                assert create(client) == 201
                assert titles(client) == titles_in(standby)
            assert client.get("/readyz").status_code == 200


def titles_in(cluster):
    return [title for (title,) in cluster.database.query("SELECT title FROM notes_note")]


@pytest.mark.django_db(transaction=True)
def test_the_event_loop_does_not_use_connections_to_the_former_primary(monkeypatch):
    async def main(application):
        pool = application.loop_pool
        former = set(pool.open)
        monkeypatch.setattr(primary, "server", ("elsewhere", "5432"))
        with pytest.raises(SynchronousOnlyOperation):
            await is_working(pool)
        await connected(pool)
        return former & pool.open, await is_working(pool)

    assert run(main) == (set(), [(1,)])


@pytest.mark.django_db(transaction=True)
def test_the_event_loop_connects_to_the_primary_although_it_only_reads(monkeypatch):
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "target_session_attrs", "read-write")

    on_loop = open_loop_connection()
    try:
        assert on_loop.connection.execute("SHOW transaction_read_only").fetchall() == [("on",)]
    finally:
        on_loop.close()


def test_a_connection_that_only_reads_is_not_kept(template):
    with scratch_database(template) as database, serving(database) as server, logged_in(server) as client:
        database.query(f'ALTER DATABASE "{database.name}" SET default_transaction_read_only = on')
        database.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            f" WHERE datname = '{database.name}' AND pid <> pg_backend_pid()"
        )
        refused = client.post("/notes", json={"title": "Milk"})
        database.query(f'ALTER DATABASE "{database.name}" RESET default_transaction_read_only', "postgres")

        assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
        assert titles(client) == []
        eventually(lambda: {create(client) for _ in range(10)} == {201})
