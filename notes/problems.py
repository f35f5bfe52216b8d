"""The HTTP errors for what the models refuse."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.serializers import ErrorDetail

from accounts.authentication.bearer import InvalidToken
from accounts.exceptions import AccountErased
from notes.exceptions import (
    ContentTooLarge,
    CursorExpired,
    EditConflict,
    IdTaken,
    ImportInProgress,
    NoteChanged,
    QuotaExceeded,
    TooManyTags,
    UnknownFormat,
)
from notes.models import Note, Revision
from notes.models.content_edits import CONTENT_MAX_BYTES
from notes.transfer.budget import InputRefused
from notes_api.rest.conditional import PreconditionFailed, strong_etag
from notes_api.rest.problems import Problem
from notes_api.rest.tag_names import MAX_TAGS


def to_api_exception(exc: Exception, render_note: Callable[[Note], object]) -> Exception:
    """Return the API exception for an exception of the models, or `exc` itself if there is none.

    `render_note` serializes the note that a failed precondition shows.
    """
    if isinstance(exc, NoteChanged):
        return PreconditionFailed(render_note(exc.current), strong_etag(exc.current.version))
    convert = next((convert for kind, convert in CONVERTERS.items() if isinstance(exc, kind)), None)
    return convert(exc) if convert is not None else exc


def id_taken(exc: IdTaken) -> Problem:
    return Problem(409, "id_unavailable", "This id is not available: choose another.")


def content_too_large(exc: ContentTooLarge) -> ValidationError:
    message = f"The content would be longer than {CONTENT_MAX_BYTES} bytes of UTF-8."
    return ValidationError({"content": [ErrorDetail(message, "too_large")]})


def too_many_tags(exc: TooManyTags) -> ValidationError:
    message = f"With a tag that this token is limited to, the note would have more than {MAX_TAGS} tags."
    return ValidationError({"tags": [ErrorDetail(message, "max_length")]})


def cursor_expired(exc: CursorExpired) -> Problem:
    detail = "This cursor has expired or belongs to another account: start again without `since`."
    return Problem(410, "cursor_expired", detail)


def edit_conflict(exc: EditConflict) -> Problem:
    occurrence = "occurs more than once" if exc.occurs else "does not occur"
    detail = f"Edit {exc.position} cannot be applied: its `old` {occurrence}. Nothing was changed."
    return Problem(409, "edit_conflict", detail)


def quota_exceeded(exc: QuotaExceeded) -> Problem:
    limit = settings.MAX_BYTES_PER_USER
    detail = f"The account would use more than {limit} bytes: purge notes or delete earlier texts."
    return Problem(507, "quota_exceeded", detail)


def unknown_format(exc: UnknownFormat) -> ValidationError:
    message = (
        "The format of the input was not recognised: name it in `format`. An archive must be a zip or a plain tar."
    )
    return ValidationError({"format": [ErrorDetail(message, "unknown_format")]})


def input_refused(exc: InputRefused) -> Problem:
    return Problem(400, exc.code, str(exc))


def import_in_progress(exc: ImportInProgress) -> Problem:
    detail = f"Another import is in progress: wait until /imports/{exc.import_id} is done."
    return Problem(409, "import_in_progress", detail)


CONVERTERS: dict[type[Exception], Callable[[Any], Exception]] = {  # Any: the exception of its key
    IdTaken: id_taken,
    EditConflict: edit_conflict,
    ContentTooLarge: content_too_large,
    TooManyTags: too_many_tags,
    QuotaExceeded: quota_exceeded,
    CursorExpired: cursor_expired,
    UnknownFormat: unknown_format,
    InputRefused: input_refused,
    ImportInProgress: import_in_progress,
    AccountErased: lambda _: InvalidToken(),
    Note.DoesNotExist: lambda _: NotFound(),
    Revision.DoesNotExist: lambda _: NotFound(),
}
