"""One note as the answer to a request."""

from uuid import UUID

from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.scopes import Scope
from notes.models import Note
from notes.serializers.notes import shown_to
from notes_api.conditional import is_unmodified, markdown_etag, strong_etag
from notes_api.renderers import FastJSONRenderer, MarkdownRenderer


def note_response(request: AuthenticatedRequest, note: Note, status: int = 200) -> Response:
    """The note in the representation the client accepts, with the `ETag` of that."""
    if Scope.READ not in request.auth.granted:
        # The bare content is nothing for these credentials.
        request.accepted_renderer, request.accepted_media_type = FastJSONRenderer(), FastJSONRenderer.media_type
    headers = {"ETag": etag_for(request, note)}
    if status == 201:
        headers["Location"] = f"/notes/{note.pk}"
    body = note.content if wants_markdown(request) else shown_to(request.auth)(note)
    return Response(body, status=status, headers=headers)


def read_response(request: AuthenticatedRequest, note: Note) -> Response:
    """The note, or 304 to a client that has this version of it."""
    etag = etag_for(request, note)
    if is_unmodified(request, etag):
        return Response(status=304, headers={"ETag": etag})
    return note_response(request, note)


def etag_for(request: AuthenticatedRequest, note: Note) -> str:
    return markdown_etag(note.version) if wants_markdown(request) else strong_etag(note.version)


def wants_markdown(request: AuthenticatedRequest) -> bool:
    return isinstance(request.accepted_renderer, MarkdownRenderer)


def credential_of(request: AuthenticatedRequest) -> UUID:
    """The session or token that writes."""
    return request.auth.pk
