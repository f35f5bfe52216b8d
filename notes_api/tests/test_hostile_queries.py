"""Hostile query parameters."""

import pytest

from notes_api.tests.live_server import logged_in


@pytest.fixture(scope="module")
def owner(product):
    with logged_in(product) as client:
        client.note = client.post("/notes", json={"title": "Milk"}).headers["Location"]
        yield client


def not_refused(client, addresses):
    """Return those of the addresses whose response is not a refusal."""
    return [address for address in addresses if not is_refusal(client.get(address.format(note=client.note)))]


def is_refusal(response, status=400):
    return response.status_code == status and response.headers["Content-Type"] == "application/problem+json"


NUMBERS = [
    "",
    "%00",
    "abc",
    "Infinity",
    "nan",
    "1e3",
    "0x10",
    "1.5",
    "-1",
    "0",
    "1" + "0" * 25,
    "9" * 5000,
    "%ff",
    "1%00",
]
NUMBERS += ["1,000", "1;2", "true", "null", "[]", "%2b5%2b", "1_000", "--1", "18446744073709551616", "101%20OR%201=1"]


def test_an_invalid_limit_is_refused(owner):
    assert not_refused(owner, [f"/notes?limit={number}" for number in NUMBERS]) == []


@pytest.mark.parametrize("path", ["/trash", "/changes", "/sessions", "{note}/revisions"])
def test_every_list_refuses_an_invalid_limit(owner, path):
    assert not_refused(owner, [f"{path}?limit={number}" for number in ("abc", "0", "9" * 5000)]) == []


CURSORS = [
    "%00",
    "abc",
    "a:b",
    ":",
    "::",
    "%ff",
    "W10:x",
    "bnVsbA:x",
    "-1",
    "." * 100,
    "a" * 4097,
    "%0d%0a",
    "[]",
    "{}",
]
CURSORS += ["eJwDAAAAAAE:x", ".eJwDAAAAAAE:x:y", "now%00", "\u00e4:b", "a" * 1000 + ":" + "b" * 43]


def test_an_invalid_cursor_is_refused(owner):
    assert not_refused(owner, [f"/notes?cursor={cursor.replace('{}', '%7B%7D')}" for cursor in CURSORS]) == []


@pytest.mark.parametrize("path", ["/trash", "/sessions", "{note}/revisions"])
def test_every_list_refuses_an_invalid_cursor(owner, path):
    assert not_refused(owner, [f"{path}?cursor={cursor}" for cursor in ("%00", "abc", "bnVsbA:x")]) == []


def test_an_invalid_sync_cursor_is_refused(owner):
    responses = {cursor: owner.get(f"/changes?since={cursor}") for cursor in CURSORS}

    assert [cursor for cursor, found in responses.items() if not (is_refusal(found) or is_refusal(found, 410))] == []


@pytest.mark.parametrize("path", ["/notes", "/trash", "/sessions"])
def test_the_cursor_of_another_list_is_refused(owner, path):
    place = owner.get("/changes?since=now").json()["next"]

    assert is_refusal(owner.get(path, params={"cursor": place}))


UNKNOWN = [
    "page=2",
    "Limit=5",
    "limit[]=5",
    "owner=x",
    "title__startswith=M",
    "id=1",
    "%00=%00",
    "%ff=%ff",
    "=",
    "format=api",
]
UNKNOWN += [
    "a" * 5000 + "=1",
    "__proto__=x",
    "limit%00=5",
    "limit=5&limit=6",
    "&".join(f"a{number}=1" for number in range(999)),
]


def test_an_unknown_parameter_is_refused(owner):
    assert not_refused(owner, [f"/notes?{query}" for query in UNKNOWN]) == []


def test_every_operation_refuses_an_unknown_parameter(owner, subtests):
    for path in ["{note}", "/trash", "/changes", "/users/me", "/sessions", "/changes/stream"]:
        with subtests.test(path=path):
            assert not_refused(owner, [f"{path}?page=2", f"{path}?%ff=%ff"]) == []


def test_5000_parameters_do_not_cause_a_server_error(owner, subtests):
    for path in ["/notes", "/docs", "/redoc", "/", "/openapi.json", "/openapi.yaml", "/livez", "/readyz"]:
        with subtests.test(path=path):
            assert owner.get(f"{path}?{'&'.join(f'a{number}=1' for number in range(5000))}").status_code < 500


QUERIES = [
    "lang=%00",
    "lang=../../etc/passwd",
    "format=%00",
    "lang=xx",
    "version=%ff",
    "lang=a&lang=b",
    "urls=javascript:1",
]


def test_the_document_refuses_or_ignores_parameters(owner):
    statuses = {query: owner.get(f"/openapi.json?{query}").status_code for query in QUERIES}

    assert [query for query, status in statuses.items() if status not in (200, 400)] == []


@pytest.mark.parametrize("path", ["/openapi.yaml", "/docs", "/redoc", "/"])
def test_every_page_of_the_documentation_refuses_or_ignores_parameters(owner, path):
    assert owner.get(f"{path}?lang=%00").status_code in (200, 400)


VALUES = ["%00", "", "TRUE", "1", "yes", "%ff", "any%00", "null", "a" * 5000]


def test_an_invalid_filter_is_refused(owner):
    assert not_refused(owner, [f"/notes?is_pinned={value}" for value in VALUES]) == []


@pytest.mark.parametrize("name", ["is_archived", "ordering"])
def test_every_filter_refuses_an_invalid_value(owner, name):
    assert not_refused(owner, [f"/notes?{name}=%00", f"/notes?{name}=null"]) == []


def test_an_unknown_ordering_is_refused(owner):
    orderings = ["owner", "-owner__password", "?", "title,id", "content", "-", "updated_at%00", "pk"]

    assert not_refused(owner, [f"/notes?ordering={ordering}" for ordering in orderings]) == []
