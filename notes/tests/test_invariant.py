"""Whatever is done over the API: what changed took the next number, and the clock moved for nothing else."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from conftest import PASSWORD
from notes.models import Note
from notes.tests.making import clock_of, rows_of

NOWHERE = "01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16"
MINE = ["01939f5e-0000-7c40-8e1b-00000000000" + digit for digit in "1234"]

IDS = st.sampled_from(MINE)
TEXTS = st.sampled_from(["", "milk\n", "milk\neggs\n", "bread", "a" * 40, "b" * 90])
MEMBERS = st.fixed_dictionaries(
    {"title": st.sampled_from(["Milk", "Bread"])},
    optional={"content": TEXTS, "is_pinned": st.booleans(), "is_archived": st.booleans()},
)
PARTS = st.fixed_dictionaries({}, optional={"title": st.just("Jam"), "content": st.none() | TEXTS})
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
    request("get", "/notes"),
    request("get", "/changes"),
    request("get", "/notes/{id}/revisions"),
)


def send(client, sent):
    method, path, body, headers = sent
    return getattr(client, method)(path, body, headers=headers)


def check(client, user, sent):
    """Send a request and compare all there was before with all there is after it."""
    rows, clock = rows_of(user), clock_of(user)

    response = send(client, sent)

    rows_after, clock_after = rows_of(user), clock_of(user)
    changed = {key for key, row in rows_after.items() if rows.get(key) != row}
    has_effect = rows != rows_after
    assert response.status_code < 500
    assert clock_after == clock + has_effect
    assert {rows_after[key]["version"] for key in changed if key in notes_of(user)} <= {clock_after}
    assert all(row["version"] <= clock_after for row in rows_after.values())
    assert not (has_effect and response.status_code >= 400)


def notes_of(user):
    return set(Note.objects.filter(owner=user).values_list("pk", flat=True))


@settings(
    max_examples=20,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(requests=st.lists(REQUESTS, min_size=15, max_size=25))
def test_every_effect_takes_the_next_number_and_nothing_else_moves_the_clock(as_user, requests):
    user = User.objects.create_user("carol@example.com", PASSWORD)
    client = as_user(user)

    for sent in requests:
        check(client, user, sent)

    user.delete()


def test_a_write_that_bypasses_the_tick_is_noticed(as_user, alice):
    """The check above is worth something only if this fails."""
    client = as_user(alice)
    client.put(f"/notes/{MINE[0]}", {"title": "Milk"}, headers={"If-None-Match": "*"})

    with pytest.raises(AssertionError):
        check(BypassingClient(client), alice, ("patch", f"/notes/{MINE[0]}", {"title": "Bread"}, {}))


class BypassingClient:
    """Writes to the row beside the API."""

    def __init__(self, client):
        self.client = client

    def patch(self, path, body, headers):
        Note.objects.update(**body)
        return self.client.get(path)
