"""Random requests of one account, for property tests."""

from hypothesis import strategies as st

MINE = ["01939f5e-0000-7c40-8e1b-00000000000" + digit for digit in "1234"]

IDS = st.sampled_from(MINE)
TEXTS = st.sampled_from(["", "milk\n", "milk\neggs\n", "bread", "a" * 40, "b" * 90])
TAGS = st.lists(st.sampled_from(["home", "work", 'a "b"', "\u00e9t\u00e9"]), max_size=3)
MEMBERS = st.fixed_dictionaries(
    {"title": st.sampled_from(["Milk", "Bread"])},
    optional={"content": TEXTS, "tags": TAGS, "is_pinned": st.booleans(), "is_archived": st.booleans()},
)
PARTS = st.fixed_dictionaries({}, optional={"title": st.just("Jam"), "content": st.none() | TEXTS, "tags": TAGS})
GUARDS = st.sampled_from([{}, {}, {}, {"If-Match": "*"}, {"If-Match": '"1"'}, {"If-Match": '"2", "3"'}])
KEYS = st.sampled_from([{}, {}, {"Idempotency-Key": "one"}, {"Idempotency-Key": '"two"'}])
VERSIONS = st.integers(1, 12)


def item(op, **members):
    return st.fixed_dictionaries({"op": st.just(op), "id": IDS, **members}, optional={"if_version": VERSIONS})


ITEMS = st.one_of(
    item("create", note=MEMBERS),
    item("replace", note=MEMBERS),
    item("update", note=PARTS),
    item("append", text=TEXTS),
    item("delete"),
    item("restore"),
    item("nonsense"),
)
BATCHES = st.fixed_dictionaries(
    {"operations": st.lists(ITEMS, min_size=1, max_size=5)}, optional={"atomic": st.booleans()}
)


NOTHING = st.none()


def request(method, path, body=NOTHING, headers=GUARDS):
    """A strategy for requests; `{id}` and `{version}` in the path are drawn too."""
    paths = st.builds(lambda note_id, version: path.format(id=note_id, version=version), IDS, VERSIONS)
    return st.tuples(st.just(method), paths, body, headers)


ABSENT = st.just({"If-None-Match": "*"})
EDITS = st.fixed_dictionaries({"edits": st.just([{"old": "milk", "new": "oat milk"}])})
REQUESTS = st.one_of(
    request("put", "/notes/{id}", MEMBERS, ABSENT),
    request("put", "/notes/{id}", MEMBERS, ABSENT),
    request("post", "/notes", MEMBERS, KEYS),
    request("put", "/notes/{id}", MEMBERS),
    request("patch", "/notes/{id}", PARTS),
    request("post", "/notes/{id}/append", st.fixed_dictionaries({"text": TEXTS}), KEYS),
    request("post", "/notes/{id}/append", st.fixed_dictionaries({"text": TEXTS})),
    request("post", "/notes/{id}/edit", EDITS),
    request("post", "/notes/batch", BATCHES, KEYS),
    request("post", "/notes/batch", BATCHES, st.just({})),
    request("delete", "/notes/{id}"),
    request("post", "/trash/{id}/restore"),
    request("delete", "/trash/{id}"),
    request("delete", "/trash"),
    request("post", "/notes/{id}/revisions/{version}/restore"),
    request("delete", "/notes/{id}/revisions/{version}"),
    request("patch", "/tags/home", st.fixed_dictionaries({"name": st.sampled_from(["work", "garden"])})),
    request("delete", "/tags/work"),
    request("get", "/notes"),
    request("get", "/changes"),
    request("get", "/notes/{id}/revisions"),
)


def send(client, sent):
    method, path, body, headers = sent
    return getattr(client, method)(path, body, headers=headers)
