"""Responses that contain one note."""

from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.scopes import Scope
from notes.lists.page import NoteRow
from notes.models import Note
from notes.serializers.notes import note_renderer
from notes.serializers.parts import TRASHED_FIELDS, render_part
from notes_api.rest.conditional import is_unmodified, markdown_etag, part_etag, strong_etag
from notes_api.rest.operation import Content
from notes_api.rest.public_path import public_path
from notes_api.rest.renderers import FastJSONRenderer, MarkdownRenderer, TextResponse, Utf8Response


def note_response(request: AuthenticatedRequest, note: Note, status: int = 200) -> Response:
    """Return the note in the representation that the client accepts, with the `ETag` of that representation."""
    if Scope.READ not in request.auth.granted_scopes:
        # These credentials must not read the content, so there is no Markdown to return.
        request.accepted_renderer, request.accepted_media_type = FastJSONRenderer(), FastJSONRenderer.media_type
    headers = {"ETag": etag_for(request, note)}
    if status == 201:
        headers["Location"] = public_path(request, f"/notes/{note.pk}")
    if wants_markdown(request):
        return TextResponse(note.content, status=status, headers=headers)
    return Utf8Response(note_renderer(request.auth)(note), status=status, headers=headers)


def read_response(request: AuthenticatedRequest, note: Note) -> Response:
    """Return the note, or 304 if the client has this version."""
    etag = etag_for(request, note)
    if is_unmodified(request, etag):
        return Utf8Response(status=304, headers={"ETag": etag})
    return note_response(request, note)


def part_response(request: AuthenticatedRequest, note: NoteRow, fields: tuple[str, ...]) -> Response:
    """Return these members of the note, or 304 if the client has them."""
    headers = {"ETag": part_etag(note.version, [name in fields for name in TRASHED_FIELDS])}
    if is_unmodified(request, headers["ETag"]):
        return Response(status=304, headers=headers)
    return Response(render_part(note, fields), headers=headers)


def etag_for(request: AuthenticatedRequest, note: Note) -> str:
    return markdown_etag(note.version) if wants_markdown(request) else strong_etag(note.version)


def wants_markdown(request: AuthenticatedRequest) -> bool:
    return isinstance(request.accepted_renderer, MarkdownRenderer)


def json_or_markdown(serializer: "type[BaseSerializer[Note]] | PolymorphicProxySerializer") -> dict[str, Content]:
    """Return the documentation of a note's two representations."""
    return {"application/json": serializer, "text/markdown": str}
