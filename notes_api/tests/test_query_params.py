"""Query strings that are validated once, and what later requests must not inherit from earlier ones."""

import tracemalloc
from urllib.parse import quote

import pytest
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.utils.urls import replace_query_param

from notes.serializers.queries import NoteListParams
from notes.serializers.tags import TagListParams
from notes.tests.factories import make_note
from notes_api.rest.query_params import MAX_CACHED_LENGTH, MAX_CACHED_QUERIES, read_query, validate_cached
from notes_api.tests.responses import field_errors


@pytest.fixture(autouse=True)
def _nothing_is_known():
    validate_cached.cache_clear()


def request(query):
    return Request(APIRequestFactory().get(f"/notes?{query}"))


def test_a_query_string_is_validated_once():
    first, second = (read_query(request("q=milk+or+tea&tag=home"), NoteListParams) for _ in range(2))

    assert first == second
    assert first["q"] is second["q"]
    assert validate_cached.cache_info().currsize == 1


def test_a_view_that_changes_its_parameters_changes_no_others():
    read_query(request("limit=5"), NoteListParams)["limit"] = 100

    assert read_query(request("limit=5"), NoteListParams)["limit"] == 5


def test_operations_do_not_share_parameters(as_user, alice):
    client = as_user(alice)

    assert client.get("/notes?is_pinned=true").status_code == 200
    assert client.get("/tags?is_pinned=true").status_code == 400
    assert read_query(request(""), NoteListParams) != read_query(request(""), TagListParams)


def test_the_value_decides_and_not_only_the_name(as_user, alice):
    make_note(owner=alice, title="Milk", is_pinned=True)
    client = as_user(alice)

    counts = [len(client.get(f"/notes?is_pinned={flag}").json()["results"]) for flag in ("true", "false", "true")]

    assert counts == [1, 0, 1]


def test_characters_that_are_not_escaped_are_read_as_utf_8(as_user, alice):
    make_note(owner=alice, tags=["größe"])
    client = as_user(alice)

    for query in ("tag=größe", f"tag={quote('größe')}"):
        assert len(client.get(f"/notes?{query}").json()["results"]) == 1


def test_an_invalid_query_stays_invalid(as_user, alice):
    client = as_user(alice)

    assert [client.get("/notes?limit=0").status_code for _ in range(2)] == [400, 400]
    assert validate_cached.cache_info().currsize == 0


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ("/notes?limit=1&limit=2", [("limit", "repeated")]),
        ("/notes?page=1&page=2", [("page", "unknown")]),
        ("/users/me?fields=id&fields=email", [("fields", "unknown")]),
    ],
)
def test_only_a_parameter_of_the_operation_can_be_given_too_often(as_user, alice, address, errors):
    assert field_errors(as_user(alice).get(address)) == errors


def test_long_query_strings_are_not_kept():
    read_query(request("q=" + "a" * MAX_CACHED_LENGTH), NoteListParams)

    assert validate_cached.cache_info().currsize == 0


def test_a_flood_of_queries_takes_little_memory_and_keeps_the_usual_ones():
    word = quote("ǆ" * 30)
    tracemalloc.start()
    try:
        for number in range(4 * MAX_CACHED_QUERIES):
            read_query(request(f"q={number}+{word[: MAX_CACHED_LENGTH // 6 * 5 // 6 * 6]}"), NoteListParams)
            read_query(request("limit=7"), NoteListParams)
        held = sum(trace.size for trace in tracemalloc.take_snapshot().traces)
    finally:
        tracemalloc.stop()

    assert validate_cached.cache_info().currsize == MAX_CACHED_QUERIES
    assert validate_cached.cache_info().hits == 4 * MAX_CACHED_QUERIES - 1
    assert held < 4 * 1_048_576


@pytest.mark.parametrize("query", ["", "limit=1", "limit=1&tag=a%20b&tag=%C3%BC", "q=&limit=1", "limit=1&count=true"])
def test_the_next_page_has_the_same_query_and_the_cursor(as_user, alice, query):
    for number in range(2 if query else 51):
        make_note(owner=alice, title=f"Milk {number}", tags=["a b", "ü"])
    client = as_user(alice)

    page = client.get(f"/notes?{query}" if query else "/notes")

    following = page.json()["next"]
    cursor = Request(APIRequestFactory().get(following)).query_params["cursor"]
    assert following == replace_query_param(f"http://testserver/notes{'?' + query if query else ''}", "cursor", cursor)
    assert client.get(following).status_code == 200


def test_each_route_of_a_view_set_has_its_own_methods(as_user, alice):
    client = as_user(alice)

    for _ in range(2):
        assert client.options("/tokens").headers["Allow"] == "GET, POST, HEAD, OPTIONS"
        assert client.options(f"/tokens/{alice.pk}").headers["Allow"] == "GET, DELETE, HEAD, OPTIONS"


def test_headers_added_to_one_response_are_not_in_the_next(as_user, alice):
    client = as_user(alice)
    note = make_note(owner=alice, title="Milk")

    assert "Accept-Patch" in client.options(f"/notes/{note.pk}").headers
    assert "Accept-Patch" not in client.get(f"/notes/{note.pk}").headers
