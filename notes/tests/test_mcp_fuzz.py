"""Hostile requests to `/mcp`: whatever a client sends, it gets an error that it can read, and never a 5xx."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOWHERE
from notes.mcp.tools import TOOLS_BY_NAME
from notes.models import Note
from notes.tests.agents import METADATA, call, fail, message, send, stateless_headers

TEXTS = ["", "\x00", "\ud800", "../", NOWHERE, "2026-01-01T00:00:00Z", "=?base64??=", "\u202e", "\ufdfa" * 30]
NUMBERS = [10**400, -1, 2**63, 2**53]
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(),
        st.sampled_from([*TEXTS, *NUMBERS]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
METHODS = st.sampled_from(["tools/call", "tools/list", "server/discover", "initialize", "ping", "notifications/x", ""])
NAMES = st.sampled_from([*TOOLS_BY_NAME, "", "other"])
MEMBERS = sorted({name for tool in TOOLS_BY_NAME.values() for name in tool.input_schema()["properties"]})
MEANINGLESS = st.fixed_dictionaries({}, optional=dict.fromkeys(("jsonrpc", "id", "method", "params", "x"), VALUES))
HEADERS = ("HTTP_MCP_PROTOCOL_VERSION", "HTTP_MCP_METHOD", "HTTP_MCP_NAME", "HTTP_ORIGIN")
HEADER_VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30)


@pytest.fixture
def agent(as_user, alice):
    return as_user(alice)


def post(client, body, **headers):
    return client.generic("POST", "/mcp", json.dumps(body).encode(), "application/json", **headers)


def require_readable(response):
    assert response.status_code in (200, 202, 400, 403, 404, 413), response.content
    if response.status_code == 202:
        return
    body = response.json()
    assert body["jsonrpc"] == "2.0"
    assert ("result" in body) != ("error" in body)
    if "error" in body:
        assert isinstance(body["error"]["code"], int)
        assert 0 < len(body["error"]["message"]) < 1000


@given(body=VALUES | MEANINGLESS)
def test_any_json_gets_an_answer(agent, body):
    require_readable(post(agent, body))


@given(body=st.binary(max_size=200))
def test_any_bytes_get_an_answer(agent, body):
    require_readable(agent.generic("POST", "/mcp", body, "application/json"))


@given(method=METHODS | st.text(max_size=20), params=VALUES, message_id=VALUES, meta=VALUES)
def test_any_message_gets_an_answer(agent, method, params, message_id, meta):
    if isinstance(params, dict):
        params["_meta"] = meta
    require_readable(post(agent, {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}))


@given(name=NAMES, arguments=st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=5))
def test_any_arguments_get_an_answer(agent, name, arguments):
    require_readable(send(agent, "tools/call", {"name": name, "arguments": arguments}))


@given(headers=st.fixed_dictionaries({}, optional=dict.fromkeys(HEADERS, HEADER_VALUES)))
def test_any_headers_get_an_answer(agent, headers):
    body = message("tools/call", name="list_notes", _meta=METADATA)
    require_readable(post(agent, body, **{**stateless_headers(body), **headers}))


DEPTHS = [28, 40, 5000]


def test_nested_arguments_are_refused(agent, subtests):
    for tool in TOOLS_BY_NAME:
        for depth in DEPTHS:
            with subtests.test(tool=tool, depth=depth):
                nested = "[" * depth + "]" * depth
                params = f'{{"name":"{tool}","arguments":{{"id":{nested}}}}}'
                text = f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}'

                response = agent.generic("POST", "/mcp", text, "application/json")

                require_readable(response)
                assert response.status_code == 400 or response.json()["result"]["isError"]


def test_a_body_of_many_values_is_refused(agent):
    response = post(agent, message("tools/list", x=[0] * 100_001))

    assert (response.status_code, response.json()["error"]["data"]["code"]) == (413, "too_many_values")


def test_a_long_name_is_not_repeated(agent):
    response = send(agent, "tools/call", {"name": "x" * 5000})

    assert len(response.content) < 300


def test_the_headers_of_a_call_do_not_reach_the_operation(agent):
    headers = {"HTTP_PREFER": "return=minimal", "HTTP_IDEMPOTENCY_KEY": "key", "HTTP_ACCEPT": "text/markdown, */*"}
    params = {"name": "create_note", "arguments": {"title": "Milk"}}

    results = [send(agent, "tools/call", params, **headers).json()["result"] for _ in range(2)]

    assert [result["structuredContent"]["title"] for result in results] == ["Milk", "Milk"]
    assert Note.objects.count() == 2


def test_arguments_cannot_leave_the_path(agent):
    for note_id in (f"{NOWHERE}/append", f"{NOWHERE}?fields=id", f"{{{NOWHERE}}}", f"urn:uuid:{NOWHERE}", NOWHERE[:-1]):
        assert call(agent, "read_note", id=note_id).json()["result"]["isError"]


def test_a_parameter_cannot_smuggle_another(agent):
    assert fail(agent, "list_notes", ordering="title&fields=content")["errors"][0]["field"] == "ordering"
