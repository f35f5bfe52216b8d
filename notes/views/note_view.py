"""The base classes of the views on notes."""

from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication.bearer import AuthenticatedRequest
from notes.lists.one_note import fetch_part
from notes.models import Note
from notes.models.note import read_note
from notes.models.note_queryset import NoteQuerySet, StateFilter
from notes.models.visibility import Visibility
from notes.problems import to_api_exception
from notes.serializers.notes import note_renderer
from notes.views.responses import part_response, read_response
from notes_api.db.compiled import prefetch
from notes_api.monitoring.request_record import current_record
from notes_api.rest.renderers import MarkdownRenderer
from notes_api.rest.views import StrictView


class NoteView(StrictView):
    """A view on notes, which turns exceptions of the models into problems."""

    request: AuthenticatedRequest

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(to_api_exception(exc, self.render_note))

    def render_note(self, note: Note) -> object:
        return note_renderer(self.request.auth)(note)

    @property
    def visibility(self) -> Visibility:
        """Which notes the credentials of the request know."""
        return Visibility.of(self.request.auth)


class SingleNoteView(NoteView, GenericViewSet[Note]):
    """A view on notes of one state, by their ids."""

    state: StateFilter = staticmethod(NoteQuerySet.active)
    queryset = Note.objects.none()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # Any: DRF's signature
        """Read the note together with the credentials. The server knows already whose token it probably is."""
        record, note_id = current_record.get(), self.kwargs.get("pk")
        # A query may select parts of the note, so that not all of it is read.
        is_whole = note_id is not None and not request.META.get("QUERY_STRING")
        # For a credential that is limited to tags, this is another query, and its rows are not used.
        if is_whole and record is not None and record.account_id is not None:
            prefetch(read_note, self.state, owner=record.account_id, pk=note_id)
        super().initial(request, *args, **kwargs)

    def get_renderers(self) -> list[BaseRenderer]:
        """Return the representations of the note. Markdown has no members that `fields` could select."""
        renderers = super().get_renderers()
        if not self.request.META.get("QUERY_STRING") or "fields" not in self.request.query_params:
            return renderers
        return [renderer for renderer in renderers if not isinstance(renderer, MarkdownRenderer)]

    def read_one(self) -> Response:
        """Return the note that the path names, or the part of it that `fields` selects."""
        fields = self.query.get("fields")
        if fields is None:
            return read_response(self.request, self.get_object())
        note = fetch_part(self.state, self.visibility, self.kwargs["pk"], fields)
        self.check_object_permissions(self.request, note)
        return part_response(self.request, note, fields)

    def get_object(self) -> Note:
        """Return the note that the path names. The query checks who may see it, and the permission checks it again."""
        # Authentication read the clock before the note. Whatever changes the note later gets a higher value.
        as_of = self.request.user.clock.value
        note = Note.fetch(self.state, self.visibility, self.kwargs["pk"])
        note.as_of = as_of
        self.check_object_permissions(self.request, note)
        return note
