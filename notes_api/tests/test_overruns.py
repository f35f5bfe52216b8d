"""Work that takes longer than a request may is stopped. What is being committed is not, and the response is true."""

import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction

from accounts.models import ThrottleCounter
from notes_api.config.rate import Rate
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, scratch_database, serving

TIMEOUT = 1
# Seconds until the response on a busy machine. What is not stopped takes a minute.
PROMISE = 10

# A note with the title `slow` takes a minute to write. On PostgreSQL, one with the title `step` takes 0.4 seconds, and
# one with the title `late` takes three seconds to commit and does not let itself be cancelled.
SLOW = {
    "sqlite": [
        """CREATE TRIGGER slow AFTER INSERT ON notes_note WHEN new.title = 'slow' BEGIN
           SELECT count(*) FROM (WITH RECURSIVE numbers(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM numbers
           LIMIT 300000000) SELECT x FROM numbers); END"""
    ],
    "postgresql": [
        """CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
           IF new.title = 'slow' THEN PERFORM pg_sleep(60); END IF;
           IF new.title = 'step' THEN PERFORM pg_sleep(0.4); END IF; RETURN new; END $$""",
        "CREATE TRIGGER slow AFTER INSERT ON notes_note FOR EACH ROW EXECUTE FUNCTION slow()",
        """CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.title = 'late' THEN
           WHILE clock_timestamp() < statement_timestamp() + interval '3s' LOOP
             BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN NULL; END;
           END LOOP; END IF; RETURN new; END $$""",
        """CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes_note DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW EXECUTE FUNCTION late()""",
    ],
}


@pytest.fixture(scope="module")
def database(template):
    with scratch_database(template) as database:
        for statement in SLOW["postgresql" if settings.DATABASE_HOSTNAME else "sqlite"]:
            database.query(statement)
        yield database


@pytest.fixture(scope="module")
def server(database):
    with serving(database, REQUEST_TIMEOUT=str(TIMEOUT), LOG_LEVEL="INFO") as server:
        yield server
        assert "Traceback" not in server.log()


@pytest.fixture
def client(server):
    with logged_in(server) as client:
        yield client


def create(client, title):
    """Return the response and its seconds."""
    began = time.monotonic()
    return client.post("/notes", json={"title": title}), time.monotonic() - began


def titles(client):
    return [note["title"] for note in client.get("/notes").json()["results"]]


def test_a_statement_that_takes_too_long_is_stopped(client):
    response, seconds = create(client, "slow")

    assert (response.status_code, response.json()["code"]) == (503, "service_unavailable")
    assert TIMEOUT <= seconds < PROMISE
    assert titles(client) == []
    # Neither a thread nor a lock is left behind.
    for _ in range(10):
        assert create(client, "next")[0].status_code == 201


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server")
def test_postgresql_no_longer_works_for_a_client_that_got_an_error(client, database):
    create(client, "slow")

    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'"
    eventually(lambda: database.query(running) == [(0,)], seconds=PROMISE)


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server")
def test_postgresql_stops_even_if_each_statement_is_shorter_than_its_own_time_limit(client):
    operations = [{"op": "create", "note": {"title": "step"}}] * 20

    response = client.post("/notes/batch", json={"operations": operations})

    assert (response.status_code, titles(client)) == (503, [])


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no triggers that run while it commits")
def test_a_commit_that_has_begun_is_awaited_and_answered_with_its_result(client, server):
    response, seconds = create(client, "late")

    assert (response.status_code, titles(client)) == (201, ["late"])
    assert seconds > TIMEOUT + 1
    assert "refused" not in next(line for line in server.log().splitlines() if response.headers["X-Request-ID"] in line)


def test_a_write_that_waited_for_a_lock_for_too_long_never_happens(client, database):
    with database.transaction() as execute:
        execute("UPDATE accounts_clock SET value = value + 1")
        response, seconds = create(client, "Milk")

    assert response.status_code == 503
    assert TIMEOUT <= seconds < PROMISE
    eventually(lambda: create(client, "Bread")[0].status_code == 201)
    assert set(titles(client)) == {"Bread"}


def test_every_response_in_an_overload_is_true(server, client):
    with logged_in(server) as other, ThreadPoolExecutor(16) as threads:
        slow = [threads.submit(create, other, "slow") for _ in range(4)]
        written = list(threads.map(lambda number: (str(number), create(client, str(number))[0].status_code), range(60)))
        assert {future.result()[0].status_code for future in slow} == {503}

    statuses = dict(written)
    assert set(statuses.values()) <= {201, 503}
    listed = client.get("/notes", params={"limit": 100}).json()["results"]
    assert {note["title"] for note in listed} == {title for title, status in statuses.items() if status == 201}


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(bool(settings.DATABASE_HOSTNAME), reason="PostgreSQL itself tells what it has committed")
def test_nothing_is_committed_once_the_work_has_ended():
    connection.allow_commits()

    assert connection.forbid_commits(force=False)
    with pytest.raises(OperationalError), transaction.atomic():
        pass
    connection.allow_commits()
    with pytest.raises(OperationalError):
        count_and_forbid_commits()
    assert not ThrottleCounter.objects.exists()
    connection.allow_commits()


@transaction.atomic
def count_and_forbid_commits():
    ThrottleCounter.objects.reserve("key", Rate(1, 60))
    assert connection.forbid_commits(force=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(bool(settings.DATABASE_HOSTNAME), reason="as above")
def test_work_that_is_committed_or_is_being_committed_does_not_end():
    connection.allow_commits()
    connection.begin_commit()
    while_committing = connection.forbid_commits(force=False)
    connection.end_commit()

    assert (while_committing, connection.forbid_commits(force=False)) == (False, False)
    connection.allow_commits()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(bool(settings.DATABASE_HOSTNAME), reason="PostgreSQL sends all rows before the first is fetched")
def test_an_error_between_two_rows_is_one_of_django():
    with connection.cursor() as cursor:
        cursor.execute("SELECT json(column1) FROM (VALUES ('1'), ('not JSON'))")
        with pytest.raises(OperationalError):
            cursor.fetchall()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server")
def test_work_that_still_connects_ends_in_time_and_does_nothing_afterwards(monkeypatch):
    """A frozen database lets it wait for three seconds."""
    connection.close()
    connection.allow_commits()
    connect, ended = psycopg.connect, []

    def connect_slowly(*arguments, **options):
        connected = connect(*arguments, **options)
        ended.append(connection.forbid_commits(force=False))
        return connected

    monkeypatch.setattr(psycopg, "connect", connect_slowly)
    with pytest.raises(OperationalError):
        connection.ensure_connection()
    monkeypatch.undo()
    connection.allow_commits()
    connection.ensure_connection()

    assert (ended, connection.forbid_commits(force=False)) == ([True], False)
    connection.allow_commits()
