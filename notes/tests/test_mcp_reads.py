"""The tools of `/mcp` that read."""

import pytest
from django.db import OperationalError, connection

from notes.lists import page
from notes.tests.agents import call, fail, use
from notes.tests.factories import make_note

SUMMARY = ["id", "title", "tags", "is_pinned", "is_archived", "version", "created_at", "updated_at", "changed_by"]
LISTED = ["id", "title", "tags", "is_pinned", "is_archived", "version", "updated_at", "snippet"]


@pytest.fixture
def agent(as_user, alice):
    return as_user(alice)


@pytest.fixture
def note(alice):
    return make_note(owner=alice, title="Milk", content="two litres\nof milk", tags=["home"])


def test_search_finds_notes_with_a_snippet_and_without_their_content(agent, alice, note):
    make_note(owner=alice, title="Bread")

    page = use(agent, "search_notes", q="litres")

    assert [result["id"] for result in page["results"]] == [str(note.pk)]
    assert list(page["results"][0]) == LISTED
    assert "two litres" in page["results"][0]["snippet"]


def test_a_blank_search_lists_notes(agent, note):
    assert use(agent, "search_notes", q=" ")["results"][0]["snippet"] == ""


def test_a_list_has_the_beginning_of_each_note(agent, alice):
    make_note(owner=alice, content="a line\n\n  and\tanother " + "word " * 200)

    (result,) = use(agent, "list_notes")["results"]

    assert list(result) == LISTED
    assert result["snippet"].startswith("a line and another word")
    assert len(result["snippet"]) <= 200


FILTERED = [
    ({}, ["Pinned", "Milk"]),
    ({"tag": ["home"]}, ["Milk"]),
    ({"tag": ["home", "work"]}, []),
    ({"is_pinned": "true"}, ["Pinned"]),
    ({"is_pinned": True}, ["Pinned"]),
    ({"is_archived": "any", "ordering": "title"}, ["Archived", "Milk", "Pinned"]),
    ({"updated_after": "2100-01-01T00:00:00Z"}, []),
    ({"tag": None, "limit": 1}, ["Pinned"]),
]


def test_lists_have_the_filters_of_the_api(agent, alice, note, subtests):
    make_note(owner=alice, title="Archived", is_archived=True)
    make_note(owner=alice, title="Pinned", is_pinned=True)

    for arguments, titles in FILTERED:
        with subtests.test(arguments=arguments, titles=titles):
            assert [result["title"] for result in use(agent, "list_notes", **arguments)["results"]] == titles


@pytest.mark.parametrize("tool", ["list_notes", "search_notes"])
def test_a_list_has_pages(agent, alice, tool):
    query = {"q": "Milk"} if tool == "search_notes" else {}
    notes = {str(make_note(owner=alice).pk) for _ in range(3)}

    first = use(agent, tool, limit=2, **query)
    second = use(agent, tool, limit=2, cursor=first["next_cursor"], **query)

    assert {result["id"] for result in first["results"] + second["results"]} == notes
    assert second["next_cursor"] is None


def test_a_page_has_twenty_notes_unless_the_agent_wants_more(agent, alice):
    for _ in range(21):
        make_note(owner=alice)

    assert len(use(agent, "list_notes")["results"]) == 20
    assert len(use(agent, "list_notes", limit=50)["results"]) == 21


INVALID_FILTERS = [
    ({"limit": 0}, "limit"),
    ({"limit": 101}, "limit"),
    ({"limit": 1.5}, "limit"),
    ({"limit": {}}, "limit"),
    ({"cursor": "forged"}, "cursor"),
    ({"tag": [["home"]]}, "tag"),
    ({"tag": [{"a": 1}]}, "tag"),
    ({"ordering": "content"}, "ordering"),
    ({"fields": "content"}, "fields"),
    ({"count": True}, "count"),
    ({"updated_after": "yesterday"}, "updated_after"),
]


def test_an_invalid_filter_is_named(agent, subtests):
    for arguments, field in INVALID_FILTERS:
        with subtests.test(arguments=arguments, field=field):
            error = fail(agent, "list_notes", **arguments)

            assert (error["code"], error["errors"][0]["field"]) == ("invalid", field)


def test_a_note_is_read_with_its_version(agent, note):
    read = use(agent, "read_note", id=note.pk)

    assert list(read) == [*SUMMARY, "content", "offset", "total_chars", "remaining_chars"]
    assert (read["content"], read["version"], read["remaining_chars"]) == ("two litres\nof milk", note.version, 0)


def test_a_note_says_who_changed_it_last(agent):
    created = use(agent, "create_note", title="Milk")

    read = use(agent, "read_note", id=created["id"])

    assert read["changed_by"]["kind"] == "session"
    assert read["changed_by"] == created["changed_by"] == agent.get(f"/notes/{created['id']}").json()["changed_by"]


def test_an_agent_learns_who_has_changed_the_note(agent, as_user, alice, note):
    changed = as_user(alice).patch(f"/notes/{note.pk}", {"title": "Bread"}).json()

    error = fail(agent, "replace_note", id=note.pk, version=note.version, content="new")

    assert changed["changed_by"]["kind"] == "session"
    assert error["changed_by"] == changed["changed_by"]


def test_a_long_note_is_read_in_parts_of_whole_characters(agent, alice):
    content = "🥛ä\n" * 50_000
    note = make_note(owner=alice, content=content)
    parts, offset, remaining = [], 0, None

    while remaining != 0:
        part = use(agent, "read_note", id=note.pk, offset=offset, max_chars=70_000)
        parts.append(part["content"])
        offset, remaining = offset + len(part["content"]), part["remaining_chars"]

    assert "".join(parts) == content
    assert [len(part) for part in parts] == [70_000, 70_000, 10_000]


def test_a_read_is_bounded_unless_the_agent_wants_more(agent, alice):
    note = make_note(owner=alice, content="x" * 30_000)

    read = use(agent, "read_note", id=note.pk)

    assert (len(read["content"]), read["total_chars"], read["remaining_chars"]) == (20_000, 30_000, 10_000)


def test_after_the_end_there_is_nothing_to_read(agent, note):
    read = use(agent, "read_note", id=note.pk, offset=10_000)

    assert (read["content"], read["remaining_chars"]) == ("", 0)


INVALID_BOUNDS = [
    *({"max_chars": value} for value in (0, 100_001, "5")),
    *({"offset": value} for value in (-1, 1.5, True, 2**70)),
]


def test_invalid_bounds_are_refused(agent, note, subtests):
    for arguments in INVALID_BOUNDS:
        with subtests.test(arguments=arguments):
            assert fail(agent, "read_note", id=note.pk, **arguments)["errors"][0]["field"] == next(iter(arguments))


@pytest.mark.parametrize(("tool", "query"), [("list_notes", {}), ("search_notes", {"q": "litres"})])
def test_a_page_of_long_notes_has_snippets(agent, alice, monkeypatch, tool, query):
    note = make_note(owner=alice, content="litres " + "x " * page.SHORT)
    monkeypatch.setattr(page, "LARGE", page.SHORT)

    (result,) = use(agent, tool, **query)["results"]

    assert (result["id"], result["snippet"].startswith("litres x")) == (str(note.pk), True)


def test_an_error_outside_the_view_has_the_id_of_the_message(agent):
    def fail_always(execute, sql, params, many, context):
        raise OperationalError("the connection is lost")

    with connection.execute_wrapper(fail_always):
        response = call(agent, "list_notes")

    body = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (503, "application/json")
    assert (body["jsonrpc"], body["id"], body["error"]["code"]) == ("2.0", 1, -32603)
    assert body["error"]["data"]["code"] == "service_unavailable"
