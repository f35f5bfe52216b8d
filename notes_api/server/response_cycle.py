"""What uvicorn's cycle of a request and its response lacks."""

from collections.abc import Callable
from typing import Any

from django.core.handlers.asgi import get_script_prefix
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from notes_api.monitoring.access_log import end_request
from notes_api.monitoring.request_record import NO_METHOD, RequestRecord, get_record
from notes_api.rest.problems import choose_request_id
from notes_api.server.request_body import MEMORY_LIMIT


def mark_disconnected(cycle: RequestResponseCycle) -> None:
    """Tell the application that its client has disconnected."""
    cycle.disconnected = True
    get_record(cycle.scope).abandon()
    # uvicorn would write 100 Continue even now, which raises an error after the end of the stream.
    cycle.waiting_for_100_continue = False
    cycle.body = bytearray()
    cycle.message_event.set()


def end_cycle(cycle: RequestResponseCycle, *, was_rejected: bool) -> None:
    """Log the request, whose response has ended or will not be sent."""
    # The application has not done this if the client has disconnected before.
    record = begin_record(cycle.scope)
    if cycle.disconnected and not cycle.response_complete and not was_rejected:
        record.refusal = record.refusal or "client_gone"
    end_request(record)


def begin_record(scope: Any) -> RequestRecord:  # Any: as in `get_record`
    """Return the record of this request. The server, the middleware and the log use its id."""
    record = get_record(scope)
    if record.method == NO_METHOD:
        sent = [value for name, value in scope["headers"] if name == b"x-request-id"]
        record.id = record.id or choose_request_id(sent[0].decode("latin-1") if len(sent) == 1 else None)
        record.method, record.path = scope["method"], scope["path"].removeprefix(get_script_prefix(scope).rstrip("/"))
    return record


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
