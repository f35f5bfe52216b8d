from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.models import Clock
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.lists.feed import changes_after
from notes.lists.page import NoteRow, fetch_page, needed_texts
from notes.lists.sync_cursor import SyncCursor
from notes.serializers.changes import ChangesParams, ChangesSerializer, change_renderer
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.rest.json_types import JSON
from notes_api.rest.operation import operation


class ChangesView(NoteView):
    """What changed since the last request."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "listChanges", "Sync", "Fetch changes",
        scope=Scope.READ, query=ChangesParams, returns={200: ChangesSerializer}, errors=[410],
        examples=examples.LIST_CHANGES,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest) -> Response:
        """Return each note that changed after the cursor, in its latest state, including deletions.

        No acknowledged change is ever skipped. 410 means that the cursor has expired: start again without one.
        """
        clock = request.user.clock
        since, fields = self.query.get("since"), self.query.get("fields")
        if since == "now":
            return changes_response([], SyncCursor.at(clock, clock.value), has_more=False)
        cursor = SyncCursor.decode(since, clock) if since else SyncCursor.at_start(clock)
        changes, notes, has_more = fetch_page(
            self.query["limit"], [changes_after(cursor, self.visibility, needed_texts(fields))], change_renderer(fields)
        )
        if cursor.version < clock.value:
            # `purge` may have removed a deletion of this page after authentication read the clock.
            cursor.require_current(Clock.objects.floor_of(request.user.pk))
        following = next_cursor(cursor, clock, notes, has_more, is_limited=bool(request.auth.tags))
        return changes_response(changes, following, has_more=has_more)


def changes_response(changes: list[JSON], following: SyncCursor, *, has_more: bool) -> Response:
    text = str(following)
    return Response({"changes": changes, "next": text, "next_cursor": text, "has_more": has_more})


def next_cursor(
    cursor: SyncCursor, clock: Clock, notes: list[NoteRow], has_more: bool, *, is_limited: bool
) -> SyncCursor:
    """Return the cursor after this page.

    After the last page it is the value of the clock, which was read before the page: all changes up to that value
    were committed by then.
    """
    if has_more:
        return cursor.moved_to(notes[-1].version, notes[-1].id, cursor.began_at if is_limited else None)
    last = notes[-1].version if notes else 0
    return cursor.moved_to(max(cursor.version, clock.value, last))
