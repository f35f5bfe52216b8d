"""What uvicorn's cycle of a request and its response lacks."""

from collections.abc import Callable

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from notes_api.monitoring.request_record import get_record
from notes_api.server.request_body import MEMORY_LIMIT


def mark_disconnected(cycle: RequestResponseCycle) -> None:
    """Tell the application that its client has disconnected."""
    cycle.disconnected = True
    get_record(cycle.scope).abandon()
    # uvicorn would write 100 Continue even now, which raises an error after the end of the stream.
    cycle.waiting_for_100_continue = False
    cycle.body = bytearray()
    cycle.message_event.set()


def has_short_body(cycle: RequestResponseCycle) -> bool:
    """Whether the request has a short body of which all has arrived, so that nobody has to wait for it."""
    return not cycle.more_body and 0 < len(cycle.body) <= MEMORY_LIMIT


def take_body(cycle: RequestResponseCycle, update_incoming: Callable[[], None]) -> bytes:
    """Return the body that has arrived, without the steps of `cycle.receive`."""
    body, cycle.body = bytes(cycle.body), bytearray()
    cycle.message_event.clear()
    update_incoming()
    return body


def leave_out_chunks(cycle: RequestResponseCycle, message: ASGISendEvent) -> None:
    """Let the end of the connection end a body of unknown length: HTTP/1.0 has no chunks (RFC 9112, section 6.1)."""
    if message["type"] == "http.response.start" and b"content-length" not in dict(message["headers"]):
        cycle.chunked_encoding = False
        cycle.has_unknown_length = True  # type: ignore[attr-defined]  # our own
    elif message["type"] == "http.response.body" and getattr(cycle, "has_unknown_length", False):
        # uvicorn compares each part with what is left of the length.
        cycle.expected_content_length = len(message.get("body", b""))
