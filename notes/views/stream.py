import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import ErrorDetail

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.change_listener import Subscription, change_listener
from notes.exceptions import CursorExpired
from notes.lists.sync_cursor import SyncCursor
from notes.models import StreamSlot
from notes.models.visibility import Visibility
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.monitoring.metrics import streams
from notes_api.rest.headers import LAST_EVENT_ID
from notes_api.rest.operation import operation
from notes_api.rest.query_params import QueryParams
from notes_api.rest.renderers import FastJSONRenderer
from notes_api.rest.throttling import TooManyRequests

HEARTBEAT_SECONDS = 15.0
LIFETIME = timedelta(minutes=15)

EVENTS = {"text/event-stream": OpenApiResponse(str, description="Events, one per change.")}


class EventStreamRenderer(FastJSONRenderer):
    """Lets a client accept `text/event-stream`. It renders only errors; `stream_events` renders the events."""

    media_type = "text/event-stream"


@dataclass(frozen=True)
class StreamGrant:
    """What the request is granted: one of the account's slots, for these credentials, until `ends_at`."""

    cursor: SyncCursor
    visibility: Visibility
    credential_id: UUID
    slot: UUID
    ends_at: datetime


class EventStream(StreamingHttpResponse):
    """A response that releases its slot when it ends, also if it ends before the first event or is for HEAD."""

    def __init__(self, grant: StreamGrant) -> None:
        super().__init__(stream_events(grant), content_type="text/event-stream")
        self.slot = grant.slot
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"  # otherwise nginx buffers the events

    def close(self) -> None:
        if not self.closed:
            change_listener.release_slot(self.slot)
        super().close()


class StreamParams(QueryParams):
    lastEventId = serializers.CharField(  # noqa: N815  # clients that cannot send the header use this name
        required=False, allow_blank=True, max_length=1024, help_text="In place of the header `Last-Event-ID`."
    )


class StreamView(NoteView):
    """Notifications of changes."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]
    renderer_classes = [EventStreamRenderer, FastJSONRenderer]

    @operation(
        "streamChanges", "Sync", "Get notified of changes",
        scope=Scope.READ, query=StreamParams, returns={200: EVENTS}, headers=[LAST_EVENT_ID],
        examples=examples.STREAM_CHANGES,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest) -> StreamingHttpResponse:
        """Send an event `change` whenever something in the account changes. Fetch the data from `/changes`.

        Each event's `id` is a cursor; `Last-Event-ID` resumes after it. A comment is sent every 15 seconds. The stream
        ends after 15 minutes, or when the token expires or is revoked: connect again. An account can have five
        streams at a time. A token that is limited to tags gets events only of its notes.
        """
        cursor, ends_at = start_cursor(request, self.query.get("lastEventId", "")), end_of_stream(request)
        slot = reserve_slot(request, ends_at)
        return EventStream(StreamGrant(cursor, self.visibility, request.auth.pk, slot, ends_at))


def start_cursor(request: AuthenticatedRequest, parameter: str) -> SyncCursor:
    """Return the cursor in `Last-Event-ID` or in the parameter, or the account's present position.

    A client that reconnects repeats its first URL, so the header is newer. Raises `ValidationError`.
    """
    clock = request.user.clock
    header = request.headers.get("Last-Event-ID")
    given = header or parameter
    if not given:
        return SyncCursor.at(clock, clock.value)
    try:
        return SyncCursor.decode(given, clock)
    except CursorExpired:
        message = "This is not an event of this account, or it has expired: connect without it and fetch `/changes`."
        name = "Last-Event-ID" if header else "lastEventId"
        raise ValidationError({name: [ErrorDetail(message, "invalid")]}) from None


def reserve_slot(request: AuthenticatedRequest, ends_at: datetime) -> UUID:
    """Reserve one of the account's slots, which the database counts for all processes; raises `Throttled`."""
    reserved = StreamSlot.objects.reserve(request.user.pk, ends_at)
    if isinstance(reserved, int):
        raise TooManyRequests(reserved, "This account has five open streams: close one of them.")
    return reserved


def end_of_stream(request: AuthenticatedRequest) -> datetime:
    latest = timezone.now() + LIFETIME
    return min(latest, request.auth.valid_until or latest)


async def stream_events(grant: StreamGrant) -> AsyncIterator[bytes]:
    """Yield comments and events (HTML Standard, section 9.2) until the grant ends."""
    subscription = Subscription(grant.visibility, grant.credential_id, grant.slot, grant.cursor.version)
    change_listener.subscribe(subscription)
    streams.inc()
    try:
        yield b": connected\n\n"
        while (left := (grant.ends_at - timezone.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(left, HEARTBEAT_SECONDS)):
                    version = await subscription.next_version()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if version is None:
                return
            yield f"event: change\nid: {grant.cursor.moved_to(version)}\ndata: {{}}\n\n".encode()
    finally:
        streams.dec()
        change_listener.unsubscribe(subscription)
