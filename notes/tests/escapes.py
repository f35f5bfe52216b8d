"""Attempts of a token that is limited to the tag "work" to find out about other notes, or to change them."""

from itertools import product
from typing import NamedTuple

WORDS = ["secret", "wreck", "secr*", '"secret wreck"', "ship or secret", "-ship", "Diary", "ship -secret", "pri*"]
ORDERS = ["updated_at", "-updated_at", "created_at", "-created_at", "title", "-title"]
FIELDS = ["id", "title,content", "id,tags,version,updated_at"]
CONDITIONS = [{}, {"If-Match": '"1"'}, {"If-Match": "*"}, {"If-None-Match": '"1"'}]
PROBES = [{"If-None-Match": tag} for tag in ('"1"', '"2"', "*", '"1.md"')]
OPERATIONS = {
    "update": {"note": {"tags": ["work"]}},
    "replace": {"note": {"title": "Mine", "tags": ["work"]}},
    "append": {"text": "!"},
    "delete": {},
    "restore": {},
}
STEAL = {"tags": ["work"]}


class Attempt(NamedTuple):
    method: str
    path: str
    body: object = None
    headers: dict[str, str] = {}  # nobody changes it

    @property
    def name(self):
        return repr(tuple(self))


def attempts(outside, inside, cursors, page_cursors, keys):
    """Yield attempts on notes outside of the limit. The cursors and the keys are those of the owner."""
    for note_id in outside:
        yield from on_one_note(note_id, keys)
        yield from in_batches(note_id, inside)
    yield from on_lists(page_cursors)
    yield from on_the_feed(cursors)
    yield from on_tags()
    for key in keys:
        for body in ({"title": "Diary"}, {"title": "Diary", "content": "secret"}):
            yield Attempt("post", "/notes", body, {"Idempotency-Key": key})
    for headers in ({}, {"If-Match": "*"}, {"If-Match": '"1"'}):
        yield Attempt("delete", "/trash", None, headers)


def on_one_note(note_id, keys):
    note, trashed = f"/notes/{note_id}", f"/trash/{note_id}"
    for path, headers in product((note, trashed), ({}, {"Accept": "text/markdown"}, *PROBES)):
        yield Attempt("get", path, None, headers)
    yield from (Attempt("head", path) for path in (note, trashed))
    yield from (Attempt("get", f"{path}?fields={fields}") for path, fields in product((note, trashed), FIELDS))
    for headers in CONDITIONS:
        yield Attempt("put", note, {"title": "Mine", **STEAL}, headers)
        yield Attempt("patch", note, STEAL, headers)
        yield Attempt("delete", note, None, headers)
        yield Attempt("post", f"{note}/append", {"text": "!"}, headers)
        yield Attempt("delete", trashed, None, headers)
        yield Attempt("post", f"{trashed}/restore", None, headers)
    for old in ("secret", "wreck", "absent"):
        yield Attempt("post", f"{note}/edit", {"edits": [{"old": old, "new": ""}]})
    yield from (Attempt("post", f"{note}/append", {"text": ""}, {"Idempotency-Key": key}) for key in keys)
    yield from (Attempt("get", f"{note}/revisions{rest}") for rest in ("", "?limit=1", "/1", "/2", "/999"))
    yield from (Attempt("post", f"{note}/revisions/{version}/restore") for version in (1, 2))
    yield from (Attempt("delete", f"{note}/revisions/{version}") for version in (1, 2))


def in_batches(note_id, inside):
    first = {"op": "append", "id": inside, "text": "!"}
    for (op, members), version, is_atomic in product(OPERATIONS.items(), (None, 1, 2), (True, False)):
        guard = {} if version is None else {"if_version": version}
        attempt = {"op": op, "id": note_id, **members, **guard}
        yield Attempt("post", "/notes/batch", {"operations": [first, attempt], "atomic": is_atomic})


def on_lists(page_cursors):
    for word, rest in product(
        WORDS, ("", "&ordering=title", "&count=true&limit=1", "&is_archived=any&fields=id,match")
    ):
        yield Attempt("get", f"/notes?q={word}{rest}")
    for order, rest in product(ORDERS, ("", "&limit=1", "&is_archived=any&count=true")):
        yield Attempt("get", f"/notes?ordering={order}{rest}")
    for query in (
        "tag=private", "tag=private&tag=work", "is_pinned=true", "is_archived=true", "count=true", "limit=100",
        "created_after=2020-01-01T00:00:00Z", "updated_before=2099-01-01T00:00:00Z&count=true",
        "fields=tags&tag=private",
    ):  # fmt: skip
        yield Attempt("get", f"/notes?{query}")
    yield from (Attempt("get", f"/trash{query}") for query in ("", "?limit=1", "?fields=id,title", "?limit=100"))
    yield from (Attempt("get", path) for path in page_cursors)


def on_the_feed(cursors):
    for query in ("", "?limit=1", "?since=now", "?fields=id", "?limit=500"):
        yield Attempt("get", f"/changes{query}")
    yield from (Attempt("get", f"/changes?since={cursor}") for cursor in cursors)
    yield Attempt("get", "/changes/stream", None, {"Last-Event-ID": "guessed"})
    yield Attempt("get", "/changes/stream?lastEventId=guessed")


def on_tags():
    for query in ("", "?limit=1", "?limit=100"):
        yield Attempt("get", f"/tags{query}")
    for name, new in product(("private", "diary only", "work", "urgent", "absent"), ("work", "private", "new")):
        yield Attempt("patch", f"/tags/{name}", {"name": new})
    yield from (Attempt("delete", f"/tags/{name}") for name in ("private", "diary only", "work", "urgent", "absent"))
