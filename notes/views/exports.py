"""Exports: the archive of a small account at once, that of a large one when it is ready."""

import re
from collections.abc import Iterator
from typing import NamedTuple
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from notes.models import Chunk, Export
from notes.serializers.exports import ExportSerializer
from notes.transfer.exports.archive import AccountTooLarge
from notes.transfer.exports.requests import export_at_once, request_export
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.db.watchdog import watchdog
from notes_api.rest.operation import operation
from notes_api.rest.problems import Problem
from notes_api.rest.public_path import public_path
from notes_api.rest.renderers import FastJSONRenderer
from outbox.worker import release_connection

ZIP = "application/zip"
ARCHIVE = {ZIP: OpenApiResponse(bytes, description="The archive.")}
BEING_MADE = {"application/json": ExportSerializer}
LOCATION = OpenApiParameter("Location", str, "header", response=[202], description="Where the archive will be.")
RETRY_AFTER = OpenApiParameter("Retry-After", int, "header", response=[202], description="Seconds.")
RANGE = OpenApiParameter("Range", str, "header", description="One range of bytes (RFC 9110, section 14.2).")
CONTENT_RANGE = OpenApiParameter("Content-Range", str, "header", response=[206], description="What this part is of.")
IF_RANGE = OpenApiParameter("If-Range", str, "header", description="Return the part only of the file with this `ETag`.")
ETAG = OpenApiParameter("ETag", str, "header", response=[200, 206], description="The quoted id of the export.")
# One range. A request for several gets the whole file, as RFC 9110 allows.
ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.ASCII)
# Digits of a position.
MAX_DIGITS = 18
# Seconds until it is worth asking again.
ASK_AGAIN = 5


class ArchiveRenderer(FastJSONRenderer):
    """Lets a client accept `application/zip`. It renders what is not an archive."""

    media_type = ZIP


class ArchiveView(NoteView):
    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]
    renderer_classes = [FastJSONRenderer, ArchiveRenderer]

    def accepted_response(self, export: Export) -> Response:
        """Return a 202 that says where the archive will be."""
        # The renderer for archives would name itself as the type of this JSON.
        self.request.accepted_renderer, self.request.accepted_media_type = FastJSONRenderer(), "application/json"
        location = public_path(self.request, f"/exports/{export.pk}")
        headers = {"Location": location, "Retry-After": "0" if export.status == Export.Status.READY else str(ASK_AGAIN)}
        return Response(ExportSerializer(export).data, status=202, headers=headers)


class NewExportView(ArchiveView):
    """Everything that is held about you."""

    @operation(
        "exportAccount", "Import and export", "Export everything",
        returns={200: ARCHIVE, 202: BEING_MADE}, errors=[507], headers=[LOCATION, RETRY_AFTER],
        examples=examples.EXPORT_ACCOUNT,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest) -> HttpResponseBase:
        """Return a zip archive of your notes, trash and earlier texts, and of what else is held about you.

        All is as it was at one moment. If the account is large, the response is 202, and `Location` says where the
        archive will be, for an hour after it is ready.
        """
        try:
            archive = export_at_once(request.user.pk)
        except AccountTooLarge:
            return self.accepted_response(request_export(request.user))
        return as_download(HttpResponse(archive, content_type=ZIP))


class ExportView(ArchiveView):
    """The archive of a large account."""

    @operation(
        "getExport", "Import and export", "Fetch an export",
        returns={200: ARCHIVE, 202: BEING_MADE, 206: ARCHIVE}, errors=[409, 416],
        headers=[RANGE, IF_RANGE, CONTENT_RANGE, ETAG, LOCATION, RETRY_AFTER], examples=examples.GET_EXPORT,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest, pk: UUID) -> HttpResponseBase:
        """Return the archive, or 202 while it is being made. It can be fetched for an hour, also in parts.

        If it could not be made, the response is 409 and says why.
        """
        export = Export.objects.of(request.user.pk).available().filter(pk=pk).select_related("file").first()
        if export is None:
            raise NotFound
        if export.status == Export.Status.FAILED:
            raise Problem(409, "export_failed", f"The export was not made ({export.problem}). Begin another one.")
        if export.file is None or export.finished_at is None:
            return self.accepted_response(export)
        etag = f'"{export.pk}"'
        is_same = request.headers.get("If-Range", etag) == etag
        part = requested_range(request.headers.get("Range", ""), export.size) if is_same else None
        response = send_archive(export, part)
        response["ETag"] = etag
        return response


class ByteRange(NamedTuple):
    """The bytes from `start` up to `end`, which is excluded."""

    start: int
    end: int


def requested_range(header: str, size: int) -> ByteRange | None:
    """Return the part that a header `Range` names; None for the whole. Raises `Problem` (416)."""
    match = ONE_RANGE.fullmatch(header)
    if match is None or match.groups() == ("", "") or any(len(digits) > MAX_DIGITS for digits in match.groups()):
        return None
    first, last = match.groups()
    if not first:
        chosen = ByteRange(max(0, size - int(last)), size)
    else:
        chosen = ByteRange(int(first), min(size, int(last) + 1) if last else size)
        if last and int(last) < int(first):
            return None
    if chosen.start >= chosen.end:
        headers = {"Content-Range": f"bytes */{size}"}
        raise Problem(416, "range_not_satisfiable", f"The archive has {size} bytes.", headers=headers)
    return chosen


def send_archive(export: Export, part: ByteRange | None) -> HttpResponseBase:
    start, end = part or (0, export.size)
    response = StreamingHttpResponse(read_parts(export, start, end), status=206 if part else 200, content_type=ZIP)
    response["Content-Length"] = str(end - start)
    if part:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{export.size}"
    response["Accept-Ranges"] = "bytes"
    return as_download(response)


def read_parts(export: Export, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes. No database connection is held while the client receives them."""
    assert export.file is not None  # noqa: S101  # it is ready
    parts = export.file.read(start, end)
    while True:
        try:
            with watchdog.watch():
                part = next(parts, None)
        except Chunk.DoesNotExist:
            # It was deleted meanwhile. The client sees that the response is too short.
            return
        finally:
            release_connection()
        if part is None:
            return
        yield part


def as_download(response: HttpResponseBase) -> HttpResponseBase:
    response["Content-Disposition"] = f'attachment; filename="notes-{timezone.now():%Y-%m-%d}.zip"'
    response["Cache-Control"] = "no-store"
    return response
