"""Every list runs as many queries for a hundred results as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiToken, Grant, Session
from accounts.serializers.oauth import GrantQuery
from accounts.tests.grants import make_grant
from notes.models import Import, Note
from notes.serializers.queries import ORDERINGS, NoteListParams
from notes.tests.factories import make_note, make_trashed
from notes_api.tests.openapi_document import DOCUMENT

THE_PAST, THE_FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"


def notes(owner, count):
    for number in range(count):
        make_note(owner, f"Milk {number}", content="two litres", tags=["home"])


def tagged(owner, count):
    for number in range(count):
        make_note(owner, tags=[f"tag {number}"])


def trashed(owner, count):
    for _ in range(count):
        make_trashed(owner)


def purged(owner, count):
    trashed(owner, count)
    Note.objects.trashed().purge(owner.pk)


def revisions(owner, count):
    note = make_note(owner)
    for number in range(count):
        note.change({"content": f"{number} litres"}, is_worth_keeping=True)
    return note.pk


def sessions(owner, count):
    """The client's own session is one of them."""
    for _ in range(count - 1):
        Session.objects.create(user=owner)


def tokens(owner, count):
    for number in range(count):
        ApiToken.objects.create(user=owner, name="Script", prefix="x", digest=f"{owner.pk} {number}", scopes=[])


def grants(owner, count):
    for _ in range(count):
        make_grant(owner, "notes:read")


def ended_grants(owner, count):
    grants(owner, count)
    Grant.objects.of(owner).revoke()


def imported(owner, count):
    report = Import.objects.create(user=owner, format="keep")
    report.record([{"status": "created"}] * count)
    return report.pk


LISTS = {
    notes: [
        "/notes",
        "/notes?q=milk",
        "/notes?fields=id",
        "/notes?q=litres",
        "/notes?q=litres&ordering=-title",
        *(f"/notes?ordering={ordering}" for ordering in ORDERINGS),
        "/notes?tag=home",
        "/notes?is_pinned=false",
        "/notes?is_archived=any",
        f"/notes?created_after={THE_PAST}",
        f"/notes?created_before={THE_FUTURE}",
        f"/notes?updated_after={THE_PAST}",
        f"/notes?updated_before={THE_FUTURE}",
        "/notes?count=true",
        f"/notes?q=milk&tag=home&is_archived=any&updated_after={THE_PAST}&count=true",
        "/changes",
    ],
    tagged: ["/tags"],
    trashed: ["/trash", "/changes"],
    purged: ["/changes"],
    revisions: ["/notes/{id}/revisions"],
    sessions: ["/sessions"],
    tokens: ["/tokens"],
    grants: ["/grants"],
    ended_grants: ["/grants?ended=true"],
    imported: ["/imports/{id}"],
}
ADDRESSES = [address for addresses in LISTS.values() for address in addresses]


@pytest.mark.parametrize("make", LISTS)
def test_a_hundred_results_take_as_many_queries_as_one(as_user, alice, bob, make):
    clients = [(as_user(owner), str(make(owner, count))) for owner, count in [(alice, 1), (bob, 100)]]

    counted = {
        address: [count(client, address.replace("{id}", pk)) for client, pk in clients] for address in LISTS[make]
    }

    assert {address: two for address, two in counted.items() if (two[0][0], two[1][0]) != (1, 100)} == {}
    assert {address: two for address, two in counted.items() if two[0][1] != two[1][1]} == {}


def count(client, address):
    """Return the number of results and of queries."""
    with CaptureQueriesContext(connection) as queries:
        return results(client, address), len(queries)


def results(client, address):
    """Return the number of results on a page of at most 100. The pages of a report have a fixed size."""
    limit = "" if address.startswith("/imports/") else f"{'&' if '?' in address else '?'}limit=100"
    response = client.get(f"{address}{limit}")
    assert response.status_code == 200, response.json()
    body = response.json()
    return len(next(body[name] for name in ("results", "changes", "items") if name in body))


def test_every_list_and_every_filter_is_in_the_table():
    lists = {path for path, operations in DOCUMENT["paths"].items() if is_list(operations.get("get", {}))}

    assert lists == {address.partition("?")[0] for address in ADDRESSES}
    given = {name.partition("=")[0] for address in ADDRESSES for name in address.partition("?")[2].split("&")}
    filters = NoteListParams().fields.keys() | GrantQuery().fields.keys()
    assert filters - {"limit", "cursor"} == given - {""}


def is_list(operation):
    """Return the operations with a next page."""
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return "next" in schema.get("properties", {})
