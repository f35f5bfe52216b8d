"""`/mcp`: headers, origins, credentials, throttles and the log."""

import pytest

from conftest import NOWHERE
from notes.models import Note
from notes.tests.agents import METADATA, STATELESS, call, error_of, message, send, send_legacy, stateless_headers, use
from notes_api.config.rate import Rate

# Where programs learn how to get a token for agents (RFC 9728).
MCP_CHALLENGE = 'Bearer resource_metadata="http://testserver/.well-known/oauth-protected-resource/mcp"'

VERSION = "io.modelcontextprotocol/protocolVersion"
CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"
SUPPORTED = [STATELESS, "2025-11-25", "2025-06-18"]


@pytest.fixture
def agent(as_user, alice):
    return as_user(alice)


@pytest.mark.parametrize("name", [VERSION, CAPABILITIES])
def test_the_present_revision_requires_its_metadata(agent, name):
    metadata = {key: value for key, value in METADATA.items() if key != name}

    assert error_of(send(agent, "tools/list", {"_meta": metadata})) == (400, -32602)


OTHER_HEADERS = [
    {"HTTP_MCP_PROTOCOL_VERSION": "2025-11-25"},
    {"HTTP_MCP_PROTOCOL_VERSION": f"{STATELESS},{STATELESS}"},
    {"HTTP_MCP_METHOD": "tools/list"},
    {"HTTP_MCP_METHOD": "TOOLS/CALL"},
    {"HTTP_MCP_NAME": "read_note"},
    {"HTTP_MCP_NAME": "=?base64?cmVhZF9ub3Rl?="},
    {"HTTP_MCP_NAME": "=?base64?!?="},
    {"HTTP_MCP_NAME": "=?base64?/w==?="},
    {"HTTP_MCP_NAME": ""},
]


def test_headers_must_say_what_the_body_says(agent, subtests):
    for headers in OTHER_HEADERS:
        with subtests.test(headers=headers):
            assert error_of(send(agent, "tools/call", {"name": "list_notes"}, **headers)) == (400, -32020)


@pytest.mark.parametrize("header", ["HTTP_MCP_PROTOCOL_VERSION", "HTTP_MCP_METHOD", "HTTP_MCP_NAME"])
def test_the_present_revision_requires_its_headers(agent, header):
    body = message("tools/call", name="list_notes", _meta=METADATA)
    headers = stateless_headers(body)
    del headers[header]

    assert error_of(agent.post("/mcp", body, **headers)) == (400, -32020)


def test_the_name_in_the_header_may_be_encoded(agent):
    response = send(agent, "tools/call", {"name": "list_notes"}, HTTP_MCP_NAME="=?base64?bGlzdF9ub3Rlcw==?=")

    assert response.status_code == 200


def test_the_header_of_an_earlier_client_cannot_name_another_tool(agent):
    response = send_legacy(agent, "tools/call", {"name": "search_notes"}, HTTP_MCP_NAME="read_note")

    assert response.json()["error"]["code"] == -32020


def test_an_unknown_revision_is_refused_with_those_that_are_known(agent):
    metadata = {**METADATA, VERSION: "2030-01-01"}

    response = send(agent, "tools/list", {"_meta": metadata}, HTTP_MCP_PROTOCOL_VERSION="2030-01-01")

    assert error_of(response) == (400, -32022)
    assert response.json()["error"]["data"] == {"supported": SUPPORTED, "requested": "2030-01-01"}


def test_an_unknown_revision_of_an_earlier_client_is_refused(agent):
    assert error_of(send_legacy(agent, "ping", HTTP_MCP_PROTOCOL_VERSION="2024-11-05")) == (400, -32022)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:8000.evil.example", ""])
def test_a_page_of_another_site_is_refused(agent, alice, origin):
    response = call_from(agent, origin)

    assert (response.status_code, response.json()["error"]["data"]["code"]) == (403, "origin_not_allowed")
    assert not Note.objects.exists()


def test_pages_of_the_server_and_of_allowed_sites_may_call_tools(agent, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]

    origins = (settings.PUBLIC_BASE_URL.origin, "https://app.example")

    assert [call_from(agent, origin).status_code for origin in origins] == [200, 200]


def call_from(client, origin):
    arguments = {"name": "create_note", "arguments": {"title": "Milk"}}
    return send(client, "tools/call", arguments, HTTP_ORIGIN=origin)


def test_browsers_may_send_the_headers_of_the_protocol(client, settings):
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example"]
    names = "authorization,content-type,mcp-method,mcp-name,mcp-protocol-version"

    response = client.options(
        "/mcp",
        HTTP_ORIGIN="https://app.example",
        HTTP_ACCESS_CONTROL_REQUEST_METHOD="POST",
        HTTP_ACCESS_CONTROL_REQUEST_HEADERS=names,
    )

    assert set(names.split(",")) <= set(response.headers["Access-Control-Allow-Headers"].split(", "))


@pytest.mark.parametrize("method", ["tools/list", "tools/call", "server/discover", "unknown"])
def test_without_credentials_every_request_is_a_401(client, method):
    response = send(client, method, {"name": "list_notes"})

    assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, MCP_CHALLENGE)
    assert response.json()["error"]["message"].startswith("Log in first")


@pytest.mark.parametrize("body", [{}, [], {"jsonrpc": "2.0", "method": "notifications/initialized"}])
def test_without_credentials_an_invalid_request_is_a_401(client, body):
    assert client.post("/mcp", body).status_code == 401


def test_invalid_arguments_without_credentials_are_a_401(client):
    assert call(client, "read_note", id="nonsense").status_code == 401


def test_a_call_counts_once_for_the_throttle(agent, settings):
    settings.THROTTLE_API = Rate(2, 60)

    statuses = [call(agent, "read_note", id=NOWHERE).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]
    refused = call(agent, "list_notes")
    assert int(refused.headers["Retry-After"]) > 0
    assert refused.json()["error"]["data"]["code"] == "throttled"


def test_the_log_names_the_tool(agent, caplog):
    use(agent, "list_notes")

    assert "POST /mcp list_notes 200" in caplog.text


def test_the_log_does_not_name_unknown_tools(agent, caplog):
    call(agent, "secret")

    assert "POST /mcp 400" in caplog.text
    assert "secret" not in caplog.text


def test_unknown_parameters_and_preconditions_are_refused(agent):
    for response in (
        agent.post("/mcp?fields=id", message("ping")),
        agent.post("/mcp", message("ping"), HTTP_IF_MATCH='"1"'),
    ):
        assert (response.status_code, response.json()["error"]["data"]["code"]) == (400, "invalid")
