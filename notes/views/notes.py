from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import AuthenticatedRequest
from notes.examples import CREATED, GROCERIES, PATCH, REPLACEMENT
from notes.filters import matching
from notes.models import Note
from notes.models.note import IdTaken, NoteChanged, NoteQuerySet
from notes.permissions import IsOwner
from notes.serializers.notes import NewNoteSerializer, NotePatchSerializer, NoteSerializer, OwnIdSerializer
from notes.serializers.queries import NoteListQuery
from notes_api.conditional import PreconditionFailed, Preconditions, is_unmodified, strong_etag
from notes_api.pagination import KeysetPagination, paginated
from notes_api.parsers import MergePatchParser, StrictJSONParser
from notes_api.problems import Problem
from notes_api.queries import StrictView, takes_query
from notes_api.schema import ETAG, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION, NOT_MODIFIED, answers, documented, example

GROCERIES_200 = example("Groceries", GROCERIES, status="200")
GROCERIES_201 = example("Groceries", CREATED, status="201")


class NoteViewSet(StrictView, GenericViewSet[Note]):
    """Your notes."""

    request: AuthenticatedRequest
    queryset = Note.objects.none()
    serializer_class = NoteSerializer
    permission_classes = [IsAuthenticated, IsOwner]
    parser_classes = [StrictJSONParser, MergePatchParser]
    pagination_class = KeysetPagination
    lookup_value_converter = "id"

    @property
    def ordering(self) -> str:
        return str(self.query["ordering"])

    def get_queryset(self) -> NoteQuerySet:
        return Note.objects.owned_by(self.request.user)

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(self.as_problem(exc))

    def as_problem(self, exc: Exception) -> Exception:
        """What the model refuses, in the words of HTTP."""
        if isinstance(exc, NoteChanged):
            return PreconditionFailed(self.get_serializer(exc.current).data, strong_etag(exc.current.version))
        if isinstance(exc, IdTaken):
            return Problem(409, "id_unavailable", "This id cannot be used: choose another.")
        return NotFound() if isinstance(exc, Note.DoesNotExist) else exc

    @documented("listNotes", "Notes", "List your notes")
    @extend_schema(responses=answers({200: NoteSerializer(many=True)}), parameters=[LINK])
    @takes_query(NoteListQuery)
    def list(self, request: AuthenticatedRequest) -> Response:
        """A page of your notes, the last changed first; archived ones only if asked for."""
        return paginated(self, matching(self.get_queryset(), self.query))

    @documented("createNote", "Notes", "Create a note")
    @extend_schema(
        request={"application/json": NewNoteSerializer},
        responses=answers({201: NoteSerializer}),
        parameters=[LOCATION, ETAG],
        examples=[example("Groceries", {"title": "Groceries", "content": "milk\n"}), GROCERIES_201],
    )
    def create(self, request: AuthenticatedRequest) -> Response:
        """Keep a new note. The server chooses its id; PUT creates one under your own."""
        serializer = NewNoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return self.created(Note.objects.write(request.user, **serializer.validated_data))

    @documented("getNote", "Notes", "Read a note")
    @extend_schema(
        responses=answers({200: NoteSerializer, 304: NOT_MODIFIED}),
        parameters=[IF_NONE_MATCH, ETAG],
        examples=[GROCERIES_200],
    )
    def retrieve(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """One note with its `ETag`; 304 if `If-None-Match` names that."""
        note = self.get_object()
        etag = strong_etag(note.version)
        if is_unmodified(request, etag):
            return Response(status=304, headers={"ETag": etag})
        return self.current(note)

    @documented("replaceNote", "Notes", "Replace a note")
    @extend_schema(
        request={"application/json": NoteSerializer},
        responses=answers({200: NoteSerializer, 201: NoteSerializer}, 409, 412),
        parameters=[IF_MATCH, IF_NONE_MATCH, ETAG, LOCATION],
        examples=[example("Groceries", REPLACEMENT), GROCERIES_200, GROCERIES_201],
    )
    def update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Replace everything you can write; what is missing takes its default.

        With `If-Match` only the version you have seen is replaced. With `If-None-Match: *` the note is created
        under an id of your own (UUID version 4 or 7), and never overwritten if it exists.
        """
        preconditions = Preconditions.of(request)
        serializer = self.get_serializer(data=request.data)
        if preconditions.wants_absence:
            serializer = OwnIdSerializer(data=request.data, context={"id": pk})
            serializer.is_valid(raise_exception=True)
            return self.created(Note.objects.write(request.user, id=pk, **serializer.validated_data))
        note = self.get_object()
        serializer.is_valid(raise_exception=True)
        return self.current(note.change(serializer.validated_data, preconditions))

    @documented("updateNote", "Notes", "Change parts of a note")
    @extend_schema(
        request={"application/json": NotePatchSerializer, "application/merge-patch+json": NotePatchSerializer},
        responses=answers({200: NoteSerializer}, 412),
        parameters=[IF_MATCH, ETAG],
        examples=[example("Pin it", PATCH), GROCERIES_200],
    )
    def partial_update(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Change what is given (RFC 7396); null gives a member its default again."""
        note = self.get_object()
        serializer = NotePatchSerializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        return self.current(note.change(serializer.validated_data, Preconditions.of(request)))

    @documented("deleteNote", "Notes", "Delete a note")
    @extend_schema(responses=answers({204: None}, 412), parameters=[IF_MATCH])
    def destroy(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Delete the note for good; with `If-Match` only the version you have seen."""
        self.get_object().remove(Preconditions.of(request))
        return Response(status=204)

    def current(self, note: Note) -> Response:
        return Response(self.get_serializer(note).data, headers={"ETag": strong_etag(note.version)})

    def created(self, note: Note) -> Response:
        headers = {"ETag": strong_etag(note.version), "Location": f"/notes/{note.pk}"}
        return Response(self.get_serializer(note).data, status=201, headers=headers)
