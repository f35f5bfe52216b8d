"""What the models refuse, in the words of HTTP."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.response import Response
from rest_framework.serializers import ErrorDetail
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import AuthenticatedRequest, InvalidToken
from accounts.models.clock import AccountErased
from notes.cursor import CursorExpired
from notes.models import Note, Revision
from notes.models.note import IdTaken, NoteChanged, NoteQuerySet, State
from notes.models.quota import QuotaExceeded
from notes.serializers.notes import shown_to
from notes.text import CONTENT_MAX_BYTES, ContentTooLarge, EditConflict
from notes_api.conditional import PreconditionFailed, strong_etag
from notes_api.problems import Problem
from notes_api.queries import StrictView


def as_problem(exc: Exception, show: Callable[[Note], object]) -> Exception:
    """The refusal that tells a client of `exc`, which is shown notes by `show`; what is none comes back as it is."""
    if isinstance(exc, NoteChanged):
        return PreconditionFailed(show(exc.current), strong_etag(exc.current.version))
    refusal = next((refusal for kind, refusal in REFUSALS.items() if isinstance(exc, kind)), None)
    return refusal(exc) if refusal is not None else exc


def id_taken(exc: IdTaken) -> Problem:
    return Problem(409, "id_unavailable", "This id cannot be used: choose another.")


def too_large(exc: ContentTooLarge) -> ValidationError:
    message = f"The content would have more than {CONTENT_MAX_BYTES} bytes of UTF-8."
    return ValidationError({"content": [ErrorDetail(message, "too_large")]})


def cursor_expired(exc: CursorExpired) -> Problem:
    return Problem(410, "cursor_expired", "This cursor is too old or not yours: start again without `since`.")


def edit_conflict(exc: EditConflict) -> Problem:
    how = "more than once" if exc.occurs else "nowhere"
    detail = f"Edit {exc.position} does not apply: its `old` occurs {how}. Nothing was changed."
    return Problem(409, "edit_conflict", detail)


def quota_exceeded(exc: QuotaExceeded) -> Problem:
    detail = f"The account would keep more than {settings.MAX_BYTES_PER_USER} bytes: purge notes or earlier texts."
    return Problem(507, "quota_exceeded", detail)


REFUSALS: dict[type[Exception], Callable[[Any], Exception]] = {  # Any: the exception of its key
    IdTaken: id_taken,
    EditConflict: edit_conflict,
    ContentTooLarge: too_large,
    QuotaExceeded: quota_exceeded,
    CursorExpired: cursor_expired,
    AccountErased: lambda _: InvalidToken(),
    Note.DoesNotExist: lambda _: NotFound(),
    Revision.DoesNotExist: lambda _: NotFound(),
}


class NoteView(StrictView):
    """An endpoint on notes."""

    request: AuthenticatedRequest

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(as_problem(exc, self.show))

    def show(self, note: Note) -> object:
        return shown_to(self.request.auth)(note)


class OneNoteView(NoteView, GenericViewSet[Note]):
    """An endpoint on notes of one state, by their ids."""

    state: State = staticmethod(NoteQuerySet.active)
    queryset = Note.objects.none()

    def get_object(self) -> Note:
        """The first lock is the owner in the query, the second the permission."""
        note = Note.objects.one(self.state, self.request.user.pk, self.kwargs["pk"])
        self.check_object_permissions(self.request, note)
        return note
