"""What the models refuse, in the words of HTTP."""

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.serializers import ErrorDetail

from notes.cursor import CursorExpired
from notes.models import Note, Revision
from notes.models.note import IdTaken, NoteChanged
from notes.serializers.notes import as_json
from notes.text import CONTENT_MAX_BYTES, ContentTooLarge, EditConflict
from notes_api.conditional import PreconditionFailed, strong_etag
from notes_api.problems import Problem
from notes_api.queries import StrictView


def as_problem(exc: Exception) -> Exception:
    """The refusal that tells a client of `exc`; what is none comes back as it is."""
    if isinstance(exc, NoteChanged):
        return PreconditionFailed(as_json(exc.current), strong_etag(exc.current.version))
    if isinstance(exc, IdTaken):
        return Problem(409, "id_unavailable", "This id cannot be used: choose another.")
    if isinstance(exc, EditConflict):
        return edit_conflict(exc)
    if isinstance(exc, ContentTooLarge):
        message = f"The content would have more than {CONTENT_MAX_BYTES} bytes of UTF-8."
        return ValidationError({"content": [ErrorDetail(message, "too_large")]})
    if isinstance(exc, CursorExpired):
        return Problem(410, "cursor_expired", "This cursor is too old or not yours: start again without `since`.")
    return NotFound() if isinstance(exc, Note.DoesNotExist | Revision.DoesNotExist) else exc


def edit_conflict(exc: EditConflict) -> Problem:
    how = "more than once" if exc.occurs else "nowhere"
    detail = f"Edit {exc.position} does not apply: its `old` occurs {how}. Nothing was changed."
    return Problem(409, "edit_conflict", detail)


class NoteView(StrictView):
    """An endpoint on notes."""

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(as_problem(exc))
