"""JSON-RPC 2.0 messages, as the Model Context Protocol restricts them: one message per request, ids that are not null.

https://www.jsonrpc.org/specification
"""

from typing import NamedTuple, Self

from notes_api.rest.json_types import JSON, JSONObject

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603
# The largest number that all JSON parsers read exactly (RFC 8259, section 6), and characters of a text.
MAX_ID, MAX_ID_LENGTH = 2**53 - 1, 256

MessageId = str | int | None


class RpcError(Exception):
    """An error response of JSON-RPC, with the HTTP status that it has in the present revision of the protocol."""

    def __init__(self, code: int, message: str, *, status: int = 400, data: JSON = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.data = code, message, status, data


class Message(NamedTuple):
    """A request; a notification if `id` is None."""

    method: str
    params: JSONObject
    id: MessageId

    @classmethod
    def parse(cls, body: JSON) -> Self:
        """Return the request or notification. Raises `RpcError`."""
        if isinstance(body, list):
            raise invalid("Send one message. Batches are not part of this revision of the protocol.")
        if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
            raise invalid('Send a JSON-RPC 2.0 request: an object with `"jsonrpc": "2.0"`.')
        if "id" in body and read_id(body) is None:
            raise invalid(f"`id` must be a whole number up to {MAX_ID}, or a text of up to {MAX_ID_LENGTH} characters.")
        if not isinstance(body.get("method"), str):
            raise invalid("`method` must be a text. This server sends no requests, so it accepts no responses.")
        params = body.get("params", {})
        if not isinstance(params, dict):
            raise invalid("`params` must be an object.")
        return cls(body["method"], params, read_id(body))


def read_id(body: JSON) -> MessageId:
    """Return the id of the request, or None if it has none that is valid."""
    value = body.get("id") if isinstance(body, dict) else None
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_ID:
        return value
    return value if isinstance(value, str) and len(value) <= MAX_ID_LENGTH else None


def invalid(message: str) -> RpcError:
    return RpcError(INVALID_REQUEST, message)


def success(message_id: MessageId, result: JSONObject) -> JSONObject:
    return {"jsonrpc": "2.0", "id": message_id, "result": result}


def problem_failure(message_id: MessageId, problem: JSONObject) -> JSONObject:
    """Return a problem as an error: MCP clients show nothing else to their users."""
    code = INVALID_REQUEST if problem["status"] < 500 else INTERNAL_ERROR
    return failure(message_id, code, problem["detail"], problem)


def failure(message_id: MessageId, code: int, message: str, data: JSON = None) -> JSONObject:
    error = {"code": code, "message": message} | ({} if data is None else {"data": data})
    return {"jsonrpc": "2.0", "id": message_id, "error": error}
