"""The revisions of the protocol: how a request names its own, and what the server says about itself.

Since 2026-07-28, every request names its revision, in its body and in headers that proxies can read. Earlier clients
send `initialize` first. Nothing is remembered of it: this server has no sessions.
"""

import base64
import binascii
from collections.abc import Mapping
from functools import cache

from django.conf import settings

from notes.mcp.messages import INVALID_PARAMS, Message, RpcError
from notes_api.rest.error_list import shorten
from notes_api.rest.json_types import JSON, JSONObject

STATELESS = "2026-07-28"
WITH_HANDSHAKE = ("2025-11-25", "2025-06-18")
SUPPORTED = (STATELESS, *WITH_HANDSHAKE)

HEADER_MISMATCH, UNSUPPORTED_VERSION = -32020, -32022
# Members of `_meta`.
PREFIX = "io.modelcontextprotocol/"
VERSION, CAPABILITIES, SERVER_INFO = f"{PREFIX}protocolVersion", f"{PREFIX}clientCapabilities", f"{PREFIX}serverInfo"
# Milliseconds for which clients may keep what hardly ever changes.
TTL = 300_000
ENCODED_BEGIN, ENCODED_END = "=?base64?", "?="
MAX_NAME_LENGTH = 64

INSTRUCTIONS = (
    "The notes of one person, in Markdown. Find notes with search_notes or list_notes, then read_note. Every result "
    "names the note's version. Tools that replace something require that version: if they report "
    "precondition_failed, someone else has changed the note; read it again before you retry. append_to_note needs no "
    "version. Trashed notes can be restored."
)


def require_revision(message: Message, headers: Mapping[str, str]) -> bool:
    """Check the revision that the request names, and that its headers agree with its body. Raises `RpcError`.

    Returns whether the revision has no handshake. `headers` is META of Django's request.
    """
    named, meta = headers.get("HTTP_MCP_PROTOCOL_VERSION"), message.params.get("_meta")
    meta = meta if isinstance(meta, dict) else {}
    require_same_name(message, headers)
    if named != STATELESS and VERSION not in meta:
        if named is not None and named not in WITH_HANDSHAKE and message.method != "initialize":
            raise unsupported(named)
        return False
    if message.id is not None:
        require_metadata(message, meta, headers)
    return True


def require_metadata(message: Message, meta: JSONObject, headers: Mapping[str, str]) -> None:
    """Check what each request contains since 2026-07-28. Raises `RpcError`."""
    if missing := [name for name in (VERSION, CAPABILITIES) if name not in meta]:
        raise RpcError(INVALID_PARAMS, f"`params._meta` lacks {' and '.join(f'`{name}`' for name in missing)}.")
    if headers.get("HTTP_MCP_PROTOCOL_VERSION") != meta[VERSION]:
        raise mismatch("MCP-Protocol-Version", f"params._meta[{VERSION!r}]")
    if headers.get("HTTP_MCP_METHOD") != message.method:
        raise mismatch("Mcp-Method", "method")
    if message.method == "tools/call" and "HTTP_MCP_NAME" not in headers:
        raise mismatch("Mcp-Name", "params.name")
    if meta[VERSION] not in SUPPORTED:
        raise unsupported(meta[VERSION])


def require_same_name(message: Message, headers: Mapping[str, str]) -> None:
    """Raise `RpcError` if `Mcp-Name` names another tool than the body: a proxy may decide by it what to allow."""
    named = headers.get("HTTP_MCP_NAME")
    if named is not None and message.method == "tools/call" and decode_header(named) != message.params.get("name"):
        raise mismatch("Mcp-Name", "params.name")


def decode_header(value: str) -> str | None:
    """Return the text in a header, which may be encoded as `=?base64?…?=`; None if that is malformed."""
    if not (value.startswith(ENCODED_BEGIN) and value.endswith(ENCODED_END)):
        return value
    encoded = value.removeprefix(ENCODED_BEGIN).removesuffix(ENCODED_END)
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def mismatch(header: str, member: str) -> RpcError:
    return RpcError(HEADER_MISMATCH, f"The header `{header}` is missing or differs from `{member}` in the body.")


def unsupported(version: JSON) -> RpcError:
    requested = shorten(str(version), MAX_NAME_LENGTH)
    data = {"supported": list(SUPPORTED), "requested": requested}
    return RpcError(UNSUPPORTED_VERSION, "This revision of the protocol is not supported.", data=data)


def discover() -> JSONObject:
    """Return the result of `server/discover`."""
    described = {"supportedVersions": list(SUPPORTED), "capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}
    return {**described, "ttlMs": TTL, "cacheScope": "public"}


def initialize(params: JSONObject) -> JSONObject:
    """Return the result of `initialize`: the revision that the client wants, or else the latest that has it."""
    wanted = params.get("protocolVersion")
    if not isinstance(wanted, str):
        raise RpcError(INVALID_PARAMS, "`params.protocolVersion` must be a text.")
    version = wanted if wanted in WITH_HANDSHAKE else WITH_HANDSHAKE[0]
    described = {"protocolVersion": version, "capabilities": {"tools": {}}, "instructions": INSTRUCTIONS}
    return {**described, "serverInfo": server_info()}


@cache
def server_info() -> JSONObject:
    title, version = settings.SPECTACULAR_SETTINGS["TITLE"], settings.SPECTACULAR_SETTINGS["VERSION"]
    return {"name": "cloud-notes-api", "title": title, "version": version}


def complete(result: JSONObject) -> JSONObject:
    """Add what every result contains since 2026-07-28."""
    return {"resultType": "complete", **result, "_meta": {SERVER_INFO: server_info()}}
