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
        return Page(**self.client.get("/changes", since=since, limit=limit))


class FeedByTime(ChangesFeed):
    """What many a client does instead: asks for the notes whose time is not before the latest it has seen."""

    is_ordered = False

    def page(self, since, limit):
        found = listed(self.client, "/notes", ordering="-updated_at", is_archived="any").values()
        young = [note for note in found if note["updated_at"] >= (since or "")]
        latest = max((note["updated_at"] for note in young), default=since)
        return Page([{"op": "upsert", "note": note} for note in young], latest, has_more=False)


class Replica:
    """What one client knows of an account, from the feed alone."""

    def __init__(self, feed, ledger):
        self.feed, self.ledger = feed, ledger
        self.notes = {}
        self.cursor = None
        self.stored = [None]
        # The furthest cursor, and the versions told on the way to it: behind it every version is higher than before.
        self.front, self.told = None, {}

    def walk(self, since, limit, pages):
        """So many pages from the cursor `since`, or fewer if there are no more; whether the end was reached."""
        position = (0, "")
        for _ in range(pages):
            promised = self.ledger.promised()
            page = self.feed.page(since, limit)
            if page.changes and version_of(page.changes[0]) == position[0]:
                self.ledger.pages_inside_a_version += 1
            for change in page.changes:
                position = self.apply(change, position)
            if since == self.front:
                self.advance(page)
            self.cursor = since = page.next
            if not page.has_more:
                self.compare_with(promised)
                return True
        return False

    def catch_up(self, limit=500):
        while not self.walk(self.cursor, limit, 1):
            pass

    def advance(self, page):
        self.front = page.next
        self.stored.append(page.next)
        for change in page.changes:
            note = change.get("note", change)
            if self.feed.is_ordered and note["version"] <= self.told.get(note["id"], 0):
                self.ledger.blame("version does not rise", self.told[note["id"]], change)
            self.told[note["id"]] = note["version"]

    def apply(self, change, position):
        note = change.get("note", change)
        here = (note["version"], note["id"])
        known = self.notes.get(note["id"])
        self.ledger.saw(note)
        if self.feed.is_ordered and here <= position:
            self.ledger.blame("out of order", position, here)
        if known and note["version"] < version_of(known):
            self.ledger.blame("version falls", known, change)
        self.notes[note["id"]] = change
        return here

    def compare_with(self, promised):
        """At the end of the feed, all that was acknowledged before the question has to be here."""
        for note_id, version in promised.items():
            known = self.notes.get(note_id)
            if known is None or version_of(known) < version:
                self.ledger.blame("skipped", note_id, version, known)

    def of(self, operation):
        return {note_id: change["note"] for note_id, change in self.notes.items() if change["op"] == operation}


def version_of(change):
    return change.get("note", change)["version"]


def listed(client, path, **query):
    """All results of a list, page by page."""
    found = client.get(path, limit=100, **query)
    results = found["results"]
    while found["next"]:
        address = urlsplit(found["next"])
        found = client.get(f"{address.path}?{address.query}")
        results += found["results"]
    return {note["id"]: note for note in results}
