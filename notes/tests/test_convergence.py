"""Whatever writers do at the same time, every reader of `/changes` becomes what the server has."""

import os

from notes.tests.convergence.client import Client
from notes.tests.convergence.crowd import Crowd
from notes.tests.convergence.ledger import Ledger
from notes.tests.convergence.replica import ChangesFeed, FeedByTime, Page, Replica

# `make soak` asks for more.
CHANGES = int(os.environ.get("SOAK_CHANGES", "2000"))
SEED = os.environ.get("SOAK_SEED", "1")


def client_of(product, visitor):
    return Client(product, visitor.tokens["access_token"])


def kinds(faults):
    return {kind for kind, *_ in faults}


def test_every_replica_becomes_what_the_server_has(product):
    crowd = Crowd(product, seed=SEED)

    crowd.run(CHANGES, seconds=max(40, CHANGES / 10))

    assert crowd.faults[:3] == []
    assert crowd.changes >= CHANGES


def test_the_same_crowd_finds_that_a_cursor_by_time_skips(product):
    crowd = Crowd(product, feed=FeedByTime)

    crowd.run(CHANGES, seconds=20)

    assert "skipped" in kinds(crowd.faults)


def test_a_cursor_by_time_never_hears_of_a_pin(product, visitor):
    client, ledger = client_of(product, visitor), Ledger()
    made = client.send("POST", "/notes", {"title": "Milk"})
    replicas = [Replica(feed(client), ledger) for feed in (ChangesFeed, FeedByTime)]
    for replica in replicas:
        replica.catch_up()

    ledger.acknowledge(client.send("PATCH", f"/notes/{made.body['id']}", {"is_pinned": True}).body)
    replicas[0].catch_up()
    assert ledger.faults == []
    replicas[1].walk("9999-01-01T00:00:00Z", 100, 1)
    client.close()

    assert kinds(ledger.faults) == {"skipped"}


class FeedThatJumps(ChangesFeed):
    """Its cursor moves past what came meanwhile, as one taken from a sequence does when commits overtake each other."""

    def page(self, since, limit):
        return super().page(since or "now", limit) if since else Page([], self.now(), has_more=False)

    def now(self):
        return self.client.get("/changes", since="now")["next"]


def test_the_checks_find_the_one_change_that_a_cursor_has_skipped(product, visitor):
    client, ledger = client_of(product, visitor), Ledger()
    ledger.acknowledge(client.send("POST", "/notes", {"title": "Milk"}).body)

    Replica(FeedThatJumps(client), ledger).catch_up()
    client.close()

    assert [(kind, version) for kind, _, version, *_ in ledger.faults] == [("skipped", 1)]
