"""`/mcp`: how requests are read and answered, in each revision of the protocol."""

import itertools
import json

import pytest

from notes.models import Note
from notes.tests.agents import (
    LATEST_WITH_HANDSHAKE,
    METADATA,
    STATELESS,
    error_of,
    message,
    send,
    send_legacy,
    stateless_headers,
)
from notes.tests.factories import make_note

SUPPORTED = [STATELESS, LATEST_WITH_HANDSHAKE, "2025-06-18"]


@pytest.fixture
def agent(as_user, alice):
    return as_user(alice)


@pytest.fixture
def post(agent):
    """Return the status and the error of a body, without headers of the protocol."""

    def post(body, **headers):
        response = agent.post("/mcp", body, **headers)
        return response.status_code, response.json()["error"]["code"], response.json()["id"]

    return post


def test_discovery_names_the_revisions_and_the_server(agent):
    result = send(agent, "server/discover").json()["result"]

    assert result["supportedVersions"] == SUPPORTED
    assert result["capabilities"] == {"tools": {}}
    assert "search_notes" in result["instructions"]
    assert (result["resultType"], result["cacheScope"], result["ttlMs"] > 0) == ("complete", "public", True)
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "cloud-notes-api"


def test_a_slash_may_end_the_address(agent):
    assert agent.post("/mcp/", message("ping")).json()["result"] == {}


def test_results_repeat_the_id_of_the_request(agent):
    body = message("server/discover", "a text", _meta=METADATA)

    response = agent.post("/mcp", body, **stateless_headers(body))

    assert response.headers["Content-Type"] == "application/json"
    assert (response.json()["jsonrpc"], response.json()["id"]) == ("2.0", "a text")


@pytest.mark.parametrize("wanted", ["2025-11-25", "2025-06-18"])
def test_initialize_accepts_the_revision_of_an_earlier_client(agent, wanted):
    response = agent.post("/mcp", message("initialize", protocolVersion=wanted, capabilities={}, clientInfo={}))

    result = response.json()["result"]
    assert result["protocolVersion"] == wanted
    assert (result["serverInfo"]["name"], result["capabilities"]) == ("cloud-notes-api", {"tools": {}})
    assert "Mcp-Session-Id" not in response.headers


def test_initialize_offers_its_latest_revision_for_any_other(agent, subtests):
    for wanted in ["2025-03-26", "2024-11-05", "1900-01-01", STATELESS]:
        with subtests.test(wanted=wanted):
            result = agent.post("/mcp", message("initialize", protocolVersion=wanted)).json()["result"]

            assert result["protocolVersion"] == LATEST_WITH_HANDSHAKE


def test_initialize_without_a_revision_is_an_error(agent):
    assert error_of(agent.post("/mcp", message("initialize"))) == (200, -32602)


def test_an_earlier_client_calls_tools_without_metadata(agent, alice):
    note = make_note(owner=alice, content="two litres")

    response = send_legacy(agent, "tools/call", {"name": "read_note", "arguments": {"id": str(note.pk)}})

    assert response.json()["result"]["structuredContent"]["content"] == "two litres"
    assert "resultType" not in response.json()["result"]


def test_an_earlier_client_may_leave_the_header_out_and_ping(agent):
    assert agent.post("/mcp", message("ping")).json()["result"] == {}


def test_ping_is_not_part_of_the_present_revision(agent):
    assert error_of(send(agent, "ping")) == (404, -32601)


def test_an_unknown_method_has_the_status_of_its_revision(agent, subtests):
    for (sent, status), method in itertools.product(
        [(send, 404), (send_legacy, 200)], ["resources/list", "prompts/get", "subscriptions/listen", "tools", ""]
    ):
        with subtests.test(sent=sent, status=status, method=method):
            assert error_of(sent(agent, method)) == (status, -32601)


def test_an_unknown_tool_is_an_error(agent, subtests):
    for (sent, status), name in itertools.product(
        [(send, 400), (send_legacy, 200)], ["purge_note", "READ_NOTE", "", "x" * 1000]
    ):
        with subtests.test(sent=sent, status=status, name=name):
            assert error_of(sent(agent, "tools/call", {"name": name, "arguments": {}})) == (status, -32602)


def test_a_call_without_the_name_of_a_tool_is_an_error(agent, subtests):
    for params in [{}, {"name": None}, {"name": 5}, {"name": ["read_note"]}]:
        with subtests.test(params=params):
            assert error_of(send_legacy(agent, "tools/call", params)) == (200, -32602)


def test_arguments_must_be_an_object(agent, subtests):
    for arguments in [[1], "id", 5, True]:
        with subtests.test(arguments=arguments):
            assert error_of(send(agent, "tools/call", {"name": "list_notes", "arguments": arguments})) == (400, -32602)


def test_arguments_may_be_left_out(agent):
    response = send(agent, "tools/call", {"name": "list_notes"})

    assert response.json()["result"]["structuredContent"] == {"results": [], "next_cursor": None}


def test_tools_have_no_second_page(agent):
    assert error_of(send(agent, "tools/list", {"cursor": "more"})) == (400, -32602)


INVALID_REQUESTS = [
    [],
    [message("ping")],
    {},
    5,
    None,
    "text",
    {"jsonrpc": "1.0", "id": 1, "method": "ping"},
    {"id": 1, "method": "ping"},
    {"jsonrpc": "2.0", "id": 1},
    {"jsonrpc": "2.0", "id": 1, "method": 5},
    {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": []},
    {"jsonrpc": "2.0", "id": 1, "method": "ping", "params": None},
    {"jsonrpc": "2.0", "id": 1, "result": {}},
]


def test_what_is_not_one_request_is_invalid(agent, subtests):
    for body in INVALID_REQUESTS:
        with subtests.test(body=body):
            response = agent.generic("POST", "/mcp", json.dumps(body), "application/json")

            assert error_of(response) == (400, -32600)


def test_an_invalid_id_is_refused_and_not_repeated(post, subtests):
    for message_id in [None, True, 1.5, 2**53, -(2**53), 10**400, "x" * 257, [], {}]:
        with subtests.test(message_id=message_id):
            assert post(message("ping", message_id)) == (400, -32600, None)


def test_every_valid_id_is_repeated(agent, subtests):
    for message_id in [0, -1, 2**53 - 1, "", "x" * 256, "\u2028"]:
        with subtests.test(message_id=message_id):
            assert agent.post("/mcp", message("ping", message_id)).json()["id"] == message_id


NOT_JSON = [b"", b"{", b"\xff", b'{"jsonrpc": "2.0", "id": NaN}', b"[" * 1000, b'{"a": 1, "a": 2}', b'{"a": "\\u0000"}']


def test_what_is_not_json_is_a_parse_error(agent, subtests):
    for text in NOT_JSON:
        with subtests.test(text=text):
            response = agent.generic("POST", "/mcp", text, "application/json")

            assert error_of(response) in [(400, -32700), (400, -32600)]
            assert response.json()["id"] is None


def test_other_media_types_are_refused(agent):
    response = agent.generic("POST", "/mcp", "{}", "text/plain")

    assert (response.status_code, response.json()["error"]["data"]["code"]) == (415, "unsupported_media_type")


def test_a_notification_is_accepted_and_does_nothing(agent, subtests):
    params = {"name": "create_note", "arguments": {"title": "Milk"}}

    for method in ["notifications/initialized", "notifications/cancelled", "tools/call", "unknown"]:
        with subtests.test(method=method):
            response = agent.post("/mcp", {"jsonrpc": "2.0", "method": method, "params": params})

            assert (response.status_code, response.content) == (202, b"")
            assert not Note.objects.exists()


def test_other_methods_are_not_allowed(agent, subtests):
    for method in ["get", "delete", "put", "patch", "head"]:
        with subtests.test(method=method):
            response = getattr(agent, method)("/mcp")

            assert (response.status_code, response.headers["Allow"]) == (405, "POST, OPTIONS")
