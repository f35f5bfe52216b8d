"""Requests to `/mcp`, as clients of the two kinds of revisions send them."""

import json

STATELESS, LATEST_WITH_HANDSHAKE = "2026-07-28", "2025-11-25"
METADATA = {
    "io.modelcontextprotocol/protocolVersion": STATELESS,
    "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def message(method, message_id=1, **params):
    return {"jsonrpc": "2.0", "id": message_id, "method": method, "params": params}


def stateless_headers(body):
    """Return the headers that repeat what the body says, as in META."""
    headers = {"HTTP_MCP_PROTOCOL_VERSION": STATELESS, "HTTP_MCP_METHOD": body["method"]}
    return headers | ({"HTTP_MCP_NAME": body["params"]["name"]} if body["method"] == "tools/call" else {})


def send(client, method, params=None, **headers):
    """Send a request of the present revision."""
    body = message(method, **{"_meta": METADATA, **(params or {})})
    return client.post("/mcp", body, **{**stateless_headers(body), **headers})


def send_legacy(client, method, params=None, **headers):
    """Send a request of the last revision that begins with `initialize`."""
    version = {"HTTP_MCP_PROTOCOL_VERSION": LATEST_WITH_HANDSHAKE}
    return client.post("/mcp", message(method, **(params or {})), **{**version, **headers})


def call(client, tool, **arguments):
    """Call a tool and return the response."""
    return send(
        client, "tools/call", {"name": tool, "arguments": {name: text_of(arguments[name]) for name in arguments}}
    )


def use(client, tool, **arguments):
    """Return what the tool returns. Its two forms are the same."""
    result = call(client, tool, **arguments).json()["result"]
    assert not result["isError"], result
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    return result["structuredContent"]


def fail(client, tool, **arguments):
    """Return the error of a call that the tool refuses."""
    response = call(client, tool, **arguments)
    result = response.json()["result"]
    assert (response.status_code, result["isError"]) == (200, True)
    assert "structuredContent" not in result
    return json.loads(result["content"][0]["text"])


def error_of(response):
    return response.status_code, response.json()["error"]["code"]


def tools_of(client):
    return {tool["name"]: tool for tool in send(client, "tools/list").json()["result"]["tools"]}


def text_of(value):
    """Return a UUID as JSON contains it."""
    return value if isinstance(value, str | int | list | dict | None | float) else str(value)
