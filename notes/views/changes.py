from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.models import Clock
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.cursor import Cursor
from notes.examples import CHANGES
from notes.models import Note
from notes.models.page import Columns, NoteRow, Stretch, as_rows, rows_of, take
from notes.permissions import IsOwner
from notes.problems import NoteView
from notes.serializers.changes import ChangesQuery, ChangesSerializer, change_json
from notes_api.compiled import Parameter, compiled
from notes_api.queries import takes_query
from notes_api.schema import answers, documented, example


class ChangesView(NoteView):
    """What changed since you last asked."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope, IsOwner]

    @needs(Scope.READ)
    @documented("listChanges", "Sync", "Fetch what changed")
    @extend_schema(
        responses=answers({200: ChangesSerializer}, 410), examples=[example("One of each", CHANGES, status="200")]
    )
    @takes_query(ChangesQuery)
    def get(self, request: AuthenticatedRequest) -> Response:
        """Every note that changed since the cursor, in its latest state, deletions included.

        No acknowledged change is ever skipped. 410 means that the cursor is too old: start again without one.
        """
        clock = request.user.clock
        since = self.query.get("since")
        if since == "now":
            return Response({"changes": [], "next": str(Cursor.at(clock, clock.value)), "has_more": False})
        cursor = Cursor.decode(since, clock) if since else Cursor.at_start(clock)
        notes, has_more = take(self.query["limit"], changes_after(cursor))
        if cursor.version < clock.value:
            # `purge` may have forgotten a deletion of this page since authentication read the clock.
            cursor.check(Clock.objects.floor_of(request.user.pk))
        changes = [change_json(note) for note in notes]
        following = cursor_after(cursor, clock, notes, has_more)
        return Response({"changes": changes, "next": str(following), "has_more": has_more})


def changes_after(cursor: Cursor) -> Stretch:
    given = {"owner": cursor.user_id, "version": cursor.version}
    given |= {} if cursor.note_id is None else {"note_id": cursor.note_id}
    return lambda count: rows_of(changed_notes(count, **given))


@compiled
def changed_notes(count: int, owner: Parameter, version: Parameter, note_id: Parameter | None = None) -> Columns:
    return as_rows(Note.objects.ever_owned_by(owner).changed_after(version, note_id).in_order_of_change())[:count]


def cursor_after(cursor: Cursor, clock: Clock, notes: list[NoteRow], has_more: bool) -> Cursor:
    """The cursor behind this page.

    Behind the last page it moves up to the clock, which was read before the page: by then everything up to that
    number had been committed.
    """
    if has_more:
        return cursor.moved_to(notes[-1].version, notes[-1].id)
    last = notes[-1].version if notes else 0
    return cursor.moved_to(max(cursor.version, clock.value, last))
