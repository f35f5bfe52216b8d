import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.serializers import ErrorDetail

from accounts.authentication import AuthenticatedRequest
from accounts.models import ThrottleCounter
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.cursor import Cursor, CursorExpired
from notes.doorbell import LEASE_SECONDS, Bell, doorbell
from notes.examples import EVENT
from notes.permissions import IsOwner
from notes.problems import NoteView
from notes_api.environment import Rate
from notes_api.renderers import FastJSONRenderer
from notes_api.schema import documented, example

HEARTBEAT_SECONDS = 15.0
LIFETIME = timedelta(minutes=15)
STREAMS_PER_USER = 5

LAST_EVENT_ID = OpenApiParameter("Last-Event-ID", str, "header", description="The `id` of the last event you had.")


class EventStreamRenderer(FastJSONRenderer):
    """What lets a client ask for `text/event-stream`; the events themselves are rendered below."""

    media_type = "text/event-stream"


@dataclass(frozen=True)
class Ticket:
    """What the request has earned: a stream for these credentials, until then, in this slot."""

    cursor: Cursor
    credential_id: UUID
    slot: str
    ends_at: datetime


class EventStream(StreamingHttpResponse):
    """Gives its slot back however it ends: a client may leave, or ask by HEAD, before there is an event."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(events(ticket), content_type="text/event-stream")
        self.slot = ticket.slot
        self["Cache-Control"] = "no-store"
        self["X-Accel-Buffering"] = "no"  # nginx would hold events back

    def close(self) -> None:
        if not self.closed:
            doorbell.free(self.slot)
        super().close()


class StreamView(NoteView):
    """Know at once."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    renderer_classes = [EventStreamRenderer, FastJSONRenderer]

    @needs(Scope.READ)
    @documented("streamChanges", "Sync", "Hear of changes at once")
    @extend_schema(
        responses={(200, "text/event-stream"): OpenApiResponse(str, description="Events, one per change.")},
        parameters=[LAST_EVENT_ID],
        examples=[example("A change", EVENT, status="200", media_type="text/event-stream")],
    )
    def get(self, request: AuthenticatedRequest) -> StreamingHttpResponse:
        """A doorbell: an event `change` whenever something of yours changes; fetch the data from `/changes`.

        Each event's `id` is a cursor; `Last-Event-ID` resumes. A comment comes every 15 seconds. The stream ends
        after 15 minutes, or when the token expires or is good no more: connect again. At most five streams an
        account.
        """
        return EventStream(Ticket(resumed(request), request.auth.pk, slot_for(request), end_of(request)))


def resumed(request: AuthenticatedRequest) -> Cursor:
    """Where the client says it is, else where the account is now."""
    clock = request.user.clock
    given = request.headers.get("Last-Event-ID")
    if not given:
        return Cursor.at(clock, clock.value)
    try:
        return Cursor.decode(given, clock)
    except CursorExpired:
        message = "This is no event of yours, or too old: connect without it and ask `/changes`."
        raise ValidationError({"Last-Event-ID": [ErrorDetail(message, "invalid")]}) from None


def slot_for(request: AuthenticatedRequest) -> str:
    """One of the account's slots, counted in the database for all processes; raises `Throttled`."""
    waits = []
    for number in range(STREAMS_PER_USER):
        slot = f"stream:{request.user.pk}:{number}"
        wait = ThrottleCounter.objects.reserve(slot, Rate(1, LEASE_SECONDS))
        if not wait:
            return slot
        waits.append(wait)
    raise Throttled(min(waits), "Five streams of this account are open already.")


def end_of(request: AuthenticatedRequest) -> datetime:
    latest = timezone.now() + LIFETIME
    return min(latest, request.auth.valid_until or latest)


async def events(ticket: Ticket) -> AsyncIterator[bytes]:
    """The stream (HTML Standard, section 9.2): comments and events, until the ticket ends."""
    bell = Bell(ticket.cursor.user_id, ticket.credential_id, ticket.slot, ticket.cursor.version)
    doorbell.join(bell)
    try:
        yield b": connected\n\n"
        while (left := (ticket.ends_at - timezone.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(min(left, HEARTBEAT_SECONDS)):
                    version = await bell.next()
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if version is None:
                return
            yield f"event: change\nid: {ticket.cursor.moved_to(version)}\ndata: {{}}\n\n".encode()
    finally:
        doorbell.leave(bell)
