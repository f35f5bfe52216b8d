"""One note as the answer to a request."""

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from notes.models import Note
from notes.serializers.notes import as_json
from notes_api.conditional import is_unmodified, markdown_etag, strong_etag
from notes_api.renderers import MarkdownRenderer


def note_response(request: Request, note: Note, status: int = 200) -> Response:
    """The note in the representation the client accepts, with the `ETag` of that."""
    headers = {"ETag": etag_for(request, note)}
    if status == 201:
        headers["Location"] = f"/notes/{note.pk}"
    return Response(note.content if wants_markdown(request) else as_json(note), status=status, headers=headers)


def read_response(request: Request, note: Note) -> Response:
    """The note, or 304 to a client that has this version of it."""
    etag = etag_for(request, note)
    if is_unmodified(request, etag):
        return Response(status=304, headers={"ETag": etag})
    return note_response(request, note)


def etag_for(request: Request, note: Note) -> str:
    return markdown_etag(note.version) if wants_markdown(request) else strong_etag(note.version)


def wants_markdown(request: Request) -> bool:
    return isinstance(request.accepted_renderer, MarkdownRenderer)


def credential_of(request: Request) -> UUID:
    """The session or token that writes."""
    credential: UUID = request.auth.pk
    return credential
