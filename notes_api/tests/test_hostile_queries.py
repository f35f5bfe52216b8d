"""Hostile query parameters."""

import pytest

from notes_api.tests.live_server import logged_in


@pytest.fixture(scope="module")
def owner(product):
    with logged_in(product) as client:
        client.note = client.post("/notes", json={"title": "Milk"}).headers["Location"]
        yield client


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


@pytest.mark.parametrize("number", NUMBERS)
def test_an_invalid_limit_is_refused(owner, number):
    assert is_refusal(owner.get(f"/notes?limit={number}"))


@pytest.mark.parametrize("path", ["/trash", "/changes", "/sessions", "{note}/revisions"])
@pytest.mark.parametrize("number", ["abc", "0", "9" * 5000])
def test_every_list_refuses_an_invalid_limit(owner, path, number):
    assert is_refusal(owner.get(f"{path.format(note=owner.note)}?limit={number}"))


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


@pytest.mark.parametrize("cursor", CURSORS)
def test_an_invalid_cursor_is_refused(owner, cursor):
    assert is_refusal(owner.get(f"/notes?cursor={cursor}"))


@pytest.mark.parametrize("path", ["/trash", "/sessions", "{note}/revisions"])
@pytest.mark.parametrize("cursor", ["%00", "abc", "bnVsbA:x"])
def test_every_list_refuses_an_invalid_cursor(owner, path, cursor):
    assert is_refusal(owner.get(f"{path.format(note=owner.note)}?cursor={cursor}"))


@pytest.mark.parametrize("cursor", CURSORS)
def test_an_invalid_sync_cursor_is_refused(owner, cursor):
    response = owner.get(f"/changes?since={cursor}")

    assert is_refusal(response, 410) or is_refusal(response)


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


@pytest.mark.parametrize("query", UNKNOWN)
def test_an_unknown_parameter_is_refused(owner, query):
    assert is_refusal(owner.get(f"/notes?{query}"))


@pytest.mark.parametrize("path", ["{note}", "/trash", "/changes", "/users/me", "/sessions", "/changes/stream"])
@pytest.mark.parametrize("query", ["page=2", "%ff=%ff"])
def test_every_operation_refuses_an_unknown_parameter(owner, path, query):
    assert is_refusal(owner.get(f"{path.format(note=owner.note)}?{query}"))


@pytest.mark.parametrize(
    "path", ["/notes", "/docs", "/redoc", "/", "/openapi.json", "/openapi.yaml", "/livez", "/readyz"]
)
def test_5000_parameters_do_not_cause_a_server_error(owner, path):
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


@pytest.mark.parametrize("query", QUERIES)
def test_the_document_refuses_or_ignores_parameters(owner, query):
    assert owner.get(f"/openapi.json?{query}").status_code in (200, 400)


@pytest.mark.parametrize("path", ["/openapi.yaml", "/docs", "/redoc", "/"])
def test_every_page_of_the_documentation_refuses_or_ignores_parameters(owner, path):
    assert owner.get(f"{path}?lang=%00").status_code in (200, 400)


VALUES = ["%00", "", "TRUE", "1", "yes", "%ff", "any%00", "null", "a" * 5000]


@pytest.mark.parametrize("value", VALUES)
def test_an_invalid_filter_is_refused(owner, value):
    assert is_refusal(owner.get(f"/notes?is_pinned={value}"))


@pytest.mark.parametrize("name", ["is_archived", "ordering"])
@pytest.mark.parametrize("value", ["%00", "null"])
def test_every_filter_refuses_an_invalid_value(owner, name, value):
    assert is_refusal(owner.get(f"/notes?{name}={value}"))


@pytest.mark.parametrize(
    "ordering", ["owner", "-owner__password", "?", "title,id", "content", "-", "updated_at%00", "pk"]
)
def test_an_unknown_ordering_is_refused(owner, ordering):
    assert is_refusal(owner.get(f"/notes?ordering={ordering}"))
