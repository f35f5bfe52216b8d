"""The kind of work that a message asks for, which the server needs before it validates the message."""

import orjson

from notes.mcp.tools import TOOLS
from notes_api.rest.json_types import JSON

# Bytes. The event loop must not parse longer messages, and a read needs none.
MAX_READ = 4 * 1024
# What a read with one of these costs depends on the size of the account.
COSTLY_ARGUMENTS = frozenset({"q", "tag"})
WORKS = {tool.name: tool.work for tool in TOOLS}


def work_of_message(body: bytes) -> str:
    """Return the kind of work of a message, see `RequestQueue`. Anything but a call counts as a search."""
    try:
        message = orjson.loads(body)
    except ValueError:
        return "costly_reads"
    match message:
        case {"method": "tools/call", "params": {"name": str(name), **params}}:
            is_costly = len(body) > MAX_READ or names_costly(params.get("arguments"))
            work = WORKS.get(name, "costly_reads")
            return "costly_reads" if work == "reads" and is_costly else work
    return "costly_reads"


def names_costly(arguments: JSON) -> bool:
    return isinstance(arguments, dict) and not COSTLY_ARGUMENTS.isdisjoint(arguments)
