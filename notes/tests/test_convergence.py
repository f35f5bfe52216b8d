"""Many writers and readers of `/changes` at once: every replica becomes equal to the server."""

import os

import pytest

from notes.tests.convergence.client import Client
from notes.tests.convergence.crowd import Crowd
from notes.tests.convergence.ledger import Ledger
from notes.tests.convergence.replica import ChangesFeed, FeedByTime, Replica

# `make soak` runs more.
CHANGES = int(os.environ.get("SOAK_CHANGES", "500"))
SEED = os.environ.get("SOAK_SEED", "1")


@pytest.fixture
def client(product, visitor):
    with Client(product, visitor.tokens["access_token"]) as client:
        yield client


def kinds(faults):
    return {kind for kind, *_ in faults}


def test_every_replica_becomes_equal_to_the_server(product):
    crowd = Crowd(product, seed=SEED)

    crowd.run(CHANGES, seconds=max(120, CHANGES / 10))

    assert crowd.faults[:3] == []
    assert crowd.changes >= CHANGES
    ledgers = [account.ledger for account in crowd.accounts]
    assert max(ledger.widest for ledger in ledgers) >= 500
    assert sum(ledger.pages_inside_a_version for ledger in ledgers) > 0


def test_the_same_crowd_detects_that_a_cursor_by_time_skips_changes(product):
    crowd = Crowd(product, feed=FeedByTime, commonly_tagged=20)

    crowd.run(CHANGES, seconds=20)

    assert "skipped" in kinds(crowd.faults), crowd.faults[0]


def test_a_cursor_by_time_misses_a_pin(client):
    made, ledger = client.send("POST", "/notes", {"title": "Milk"}), Ledger()
    by_clock, by_time = Replica(ChangesFeed(client), ledger), Replica(FeedByTime(client), ledger)
    by_clock.catch_up()
    by_time.catch_up()
    ledger.acknowledge(client.send("PATCH", f"/notes/{made.body['id']}", {"is_pinned": True}).body)

    by_clock.catch_up()
    found_by_clock = list(ledger.faults)
    by_time.pull("9999-01-01T00:00:00Z", limit=100, pages=1)

    assert found_by_clock == []
    assert kinds(ledger.faults) == {"skipped"}


class FeedThatJumps(ChangesFeed):
    """Its first cursor skips a change, as a cursor from a sequence does when a later number commits first."""

    def page(self, since, limit):
        return super().page(since or "now", limit)


def test_the_checks_detect_one_skipped_change(client):
    ledger = Ledger()
    ledger.acknowledge(client.send("POST", "/notes", {"title": "Milk"}).body)

    Replica(FeedThatJumps(client), ledger).catch_up()

    assert [(kind, version) for kind, _, version, *_ in ledger.faults] == [("skipped", 1)]
