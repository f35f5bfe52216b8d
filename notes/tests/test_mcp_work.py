"""How the server decides whose turn a call of a tool is."""

import json

import pytest

from notes.mcp.tools import TOOLS
from notes.mcp.work import MAX_READ, work_of_message
from notes.tests.agents import message
from notes_api.server.request_queue import RequestQueue

READING, SEARCHING, WRITING = "reads", "costly_reads", "writes"
TOOL_WORK = {
    "search_notes": READING,  # without `q`, which is an error
    "list_notes": READING,
    "read_note": READING,
    "list_trash": READING,
}


def work_of(tool, **arguments):
    return work_of_message(json.dumps(message("tools/call", name=tool, arguments=arguments)).encode())


def test_only_tools_whose_operation_runs_on_the_loop_count_as_reads(subtests):
    for tool in TOOLS:
        with subtests.test(tool=tool.name):
            assert work_of(tool.name) == TOOL_WORK.get(tool.name, WRITING)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("search_notes", {"q": "milk"}),
        ("list_notes", {"tag": ["home"]}),
        ("read_note", {"id": "x" * MAX_READ}),
        ("unknown", {}),
    ],
)
def test_what_may_take_long_counts_as_a_search(tool, arguments):
    assert work_of(tool, **arguments) == SEARCHING


def test_a_long_write_counts_as_a_write():
    assert work_of("replace_note", content="x" * MAX_READ) == WRITING


NO_CALLS = [
    b"",
    b"{",
    b"\xff",
    b"[" * 10_000,
    b"[]",
    b"5",
    b"{}",
    b'{"method": "tools/list", "params": {"name": "read_note"}}',
    b'{"method": "tools/call"}',
    b'{"method": "tools/call", "params": null}',
    b'{"method": "tools/call", "params": {"name": ["read_note"]}}',
]


def test_what_is_not_a_call_counts_as_a_search(subtests):
    for body in NO_CALLS:
        with subtests.test(body=body):
            assert work_of_message(body) == SEARCHING


@pytest.mark.parametrize("arguments", [b"null", b"5", b'["q"]'])
def test_arguments_that_are_not_an_object_are_refused_by_the_view(arguments):
    body = b'{"method": "tools/call", "params": {"name": "list_notes", "arguments": %b}}' % arguments

    assert work_of_message(body) == READING


def test_the_queue_counts_a_body_that_is_not_in_memory_as_a_search():
    queue = RequestQueue(4, {"/mcp": lambda body: WRITING})
    scope = {"method": "POST", "path": "/mcp", "headers": [], "query_string": b""}

    assert [queue.kind_of(scope, body) for body in (b"{}", None)] == [queue.writes, queue.costly_reads]
