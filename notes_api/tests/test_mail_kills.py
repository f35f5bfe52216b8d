"""Mail while processes are killed, and while the mail server or the database is away.

Every mail is sent at least once, and twice only where a kill fell between sending it and recording that. MAIL_KILLS is
the number of kills.
"""

import itertools
import os
import signal
import threading
import time
from collections import Counter

import pytest
from django.conf import settings

from notes_api.tests.cluster import running_cluster, what_is_missing
from notes_api.tests.edge.server import eventually, free_port
from notes_api.tests.fake_smtp import postbox
from notes_api.tests.live_server import logged_in, migrated, scratch_database, serving

KILLS = int(os.environ.get("MAIL_KILLS", "3"))
STAGES = ["greeting", "data", "quit"]
SETTINGS = "notes_api.tests.quick_outbox_settings"


class Trap:
    """Kills the worker that reaches a stage of a conversation with the mail server."""

    def __init__(self):
        self.stage, self.server, self.sprung = None, None, threading.Event()

    def set(self, stage):
        self.stage = stage
        self.sprung.clear()

    def reach(self, stage):
        if stage == self.stage:
            self.stage = None
            killed = self.server.workers()
            for worker in killed:
                os.kill(worker, signal.SIGKILL)
            # The worker is gone before the conversation continues.
            eventually(lambda: not killed & self.server.workers())
            self.sprung.set()


@pytest.fixture
def trap():
    return Trap()


@pytest.fixture
def database(template):
    with scratch_database(template) as database:
        yield database


def ask(client):
    """Request two mails: a worker that is killed during the first has not begun the second."""
    for _ in range(2):
        client.post("/password/reset", json={"email": client.email}).raise_for_status()


def ids_of(mails):
    return Counter(mail["Message-ID"] for mail in mails)


def is_empty(database):
    return database.query("SELECT count(*) FROM outbox_entry")[0][0] == 0


def test_a_killed_worker_loses_no_mail(database, trap):
    """One kill after another, at each stage in turn."""
    outcomes = Counter()
    with (
        postbox(on_stage=trap.reach) as box,
        serving(database, EMAIL_URL=box.url, DJANGO_SETTINGS_MODULE=SETTINGS) as server,
        logged_in(server) as client,
    ):
        trap.server = server
        for number, stage in zip(range(KILLS), itertools.cycle(STAGES)):
            before = len(ids_of(box.mails))
            trap.set(stage)
            ask(client)
            assert trap.sprung.wait(30)
            server.wait_until(lambda: is_empty(database), 60)
            sent = ids_of(box.mails)
            assert len(sent) == before + 2
            twice = {number for number, count in sent.items() if count > 1}
            outcomes[stage, len(twice)] += 1
            # Mails that were recorded are not sent again.
            box.mails = [mail for mail in box.mails if mail["Message-ID"] not in twice] + [
                next(mail for mail in box.mails if mail["Message-ID"] == one) for one in twice
            ]
            server.wait_until(server.is_up, 60)
    print(dict(outcomes))  # noqa: T201
    assert {stage for stage, twice in outcomes if twice} == {"quit"}
    assert {twice for _, twice in outcomes} == {0, 1}


def test_a_mail_is_sent_when_the_mail_server_is_back(database):
    port = free_port()
    with (
        serving(database, EMAIL_URL=f"smtp://127.0.0.1:{port}", DJANGO_SETTINGS_MODULE=SETTINGS) as server,
        logged_in(server) as client,
    ):
        ask(client)
        server.wait_until(lambda: server.log().count("is tried again") >= 2, 30)
        with postbox(port=port) as box:
            server.wait_until(lambda: is_empty(database), 60)

            assert sorted(ids_of(box.mails).values()) == [1, 1]


def test_a_mail_that_is_being_sent_at_a_shutdown_is_sent_once(database, template):
    begun = threading.Event()

    def pause(stage):
        if stage == "data":
            begun.set()
            time.sleep(0.5)

    with postbox(on_stage=pause) as box:
        with (
            serving(database, EMAIL_URL=box.url, DJANGO_SETTINGS_MODULE=SETTINGS) as server,
            logged_in(server) as client,
        ):
            ask(client)
            assert begun.wait(30)
            server.signal(signal.SIGTERM)
            server.process.wait(60)
        with serving(database, EMAIL_URL=box.url, DJANGO_SETTINGS_MODULE=SETTINGS) as server:
            server.wait_until(lambda: is_empty(database), 60)

        assert sorted(ids_of(box.mails).values()) == [1, 1]


@pytest.mark.skipif(not settings.DATABASE_HOSTNAME, reason="SQLite has no server that could stop")
@pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())
def test_a_mail_is_sent_once_if_the_database_is_away_when_it_was_sent():
    stopped = threading.Event()

    def stop(stage):
        if stage == "data" and not stopped.is_set():
            cluster.stop()
            stopped.set()

    with running_cluster() as cluster, postbox(on_stage=stop) as box:
        migrated(cluster.database)
        with (
            serving(cluster.database, EMAIL_URL=box.url, DJANGO_SETTINGS_MODULE=SETTINGS, LOG_LEVEL="INFO") as server,
            logged_in(server) as client,
        ):
            ask(client)
            assert stopped.wait(30)
            server.wait_until(lambda: "was done and cannot be deleted" in server.log(), 30)
            cluster.start()
            server.wait_until(lambda: is_empty(cluster.database), 60)

            assert sorted(ids_of(box.mails).values()) == [1, 1]
