"""Replicas: what one client knows of an account, from the feed alone."""

from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Page(NamedTuple):
    changes: list[Any]
    next: str
    has_more: bool


class ChangesFeed:
    """The product's own feed."""

    is_ordered = True

    def __init__(self, client):
        self.client = client

    def page(self, since, limit):
        body = self.client.get("/changes", since=since, limit=limit)
        return Page(body["changes"], body["next"], body["has_more"])


class FeedByTime(ChangesFeed):
    """What many clients do instead: ask for the notes whose time is not before the latest they have seen."""

    is_ordered = False

    def page(self, since, limit):
        found = listed(self.client, "/notes", ordering="-updated_at", is_archived="any").values()
        young = [note for note in found if note["updated_at"] >= (since or "")]
        latest = max((note["updated_at"] for note in young), default=since)
        return Page([{"op": "upsert", "note": note} for note in young], latest, has_more=False)


class Replica:
    """The notes of one account, built from the feed alone."""

    def __init__(self, feed, ledger):
        self.feed, self.ledger = feed, ledger
        self.notes = {}
        self.cursor = None
        self.stored = [None]
        # The furthest cursor, and the versions received up to it: after it every version must be higher.
        self.front, self.received = None, {}

    def pull(self, since, limit, pages):
        """Read up to `pages` pages from the cursor `since`; return whether the end was reached."""
        position = (0, "")
        for _ in range(pages):
            least_versions = self.ledger.least_versions()
            page = self.feed.page(since, limit)
            if page.changes and version_of(page.changes[0]) == position[0]:
                self.ledger.pages_inside_a_version += 1
            for change in page.changes:
                position = self.apply(change, position)
            if since == self.front:
                self.advance(page)
            self.cursor = since = page.next
            if not page.has_more:
                self.compare_with(least_versions)
                return True
        return False

    def catch_up(self, limit=500):
        while not self.pull(self.cursor, limit, 1):
            pass

    def advance(self, page):
        self.front = page.next
        self.stored.append(page.next)
        for change in page.changes:
            note = change.get("note", change)
            if self.feed.is_ordered and note["version"] <= self.received.get(note["id"], 0):
                self.ledger.report("version does not rise", self.received[note["id"]], change)
            self.received[note["id"]] = note["version"]

    def apply(self, change, position):
        note = change.get("note", change)
        here = (note["version"], note["id"])
        known = self.notes.get(note["id"])
        self.ledger.record_state(note)
        if self.feed.is_ordered and here <= position:
            self.ledger.report("out of order", position, here)
        if known and note["version"] < version_of(known):
            self.ledger.report("version falls", known, change)
        self.notes[note["id"]] = change
        return here

    def compare_with(self, least_versions):
        """Check at the end of the feed that every change acknowledged before the request is here."""
        for note_id, version in least_versions.items():
            known = self.notes.get(note_id)
            if known is None or version_of(known) < version:
                self.ledger.report("skipped", note_id, version, known)

    def of(self, operation):
        return {note_id: change["note"] for note_id, change in self.notes.items() if change["op"] == operation}


def version_of(change):
    return change.get("note", change)["version"]


def listed(client, path, **query):
    """Return all results of a list by id, page by page."""
    found = client.get(path, limit=100, **query)
    results = found["results"]
    while found["next"]:
        address = urlsplit(found["next"])
        found = client.get(f"{address.path}?{address.query}")
        results += found["results"]
    return {note["id"]: note for note in results}
