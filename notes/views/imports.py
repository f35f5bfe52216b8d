"""Imports: notes from an export of ours or of another program."""

from collections.abc import Mapping
from contextlib import closing
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.models import Import
from notes.serializers.imports import MAX_ITEMS, ImportParams, ImportSerializer, NewImportParams, import_json
from notes.transfer.imports.requests import Upload, request_import
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.rest.json_types import JSONObject
from notes_api.rest.operation import operation
from notes_api.rest.problems import Problem
from notes_api.rest.public_path import public_path

BINARY = "application/octet-stream"
FILE = "file"
LOCATION = OpenApiParameter("Location", str, "header", response=[200, 202], description="The path of the import.")
RETRY_AFTER = OpenApiParameter("Retry-After", int, "header", response=[202], description="Seconds.")
# Seconds until it is worth asking again.
ASK_AGAIN = 5
IN_MEMORY = 1024 * 1024


class RawParser(BaseParser):
    """Takes a body of any type as a file."""

    media_type = "*/*"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> dict[str, IO[bytes]]:
        # The server has stored the body already.
        return {FILE: seekable(getattr(stream, "_stream", stream))}


class ImportingView(NoteView):
    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]

    def check_permissions(self, request: Any) -> None:  # Any: DRF's signature
        super().check_permissions(request)
        if request.auth is not None and request.auth.tags:
            raise Problem(403, "limited_credential", "This token is limited to tags. An import needs one that is not.")

    def report(self, imported: Import, after: int = 0) -> Response:
        """Return the import with the items after this position: 202 as long as there are more to come."""
        path = public_path(self.request, f"/imports/{imported.pk}")
        pages = list(imported.pages.filter(number__gte=after).order_by("number")[: MAX_ITEMS // 100 + 1])
        following = f"{path}?after={pages[-1].number}" if len(pages) > MAX_ITEMS // 100 else None
        shown = pages[:-1] if following else pages
        body = import_json(imported, [item for page in shown for item in page.items], following)
        return Response(body, headers={"Location": path})


class NewImportView(ImportingView):
    """Notes from elsewhere."""

    parser_classes = [MultiPartParser, RawParser]

    @operation(
        "importNotes", "Import and export", "Import notes",
        scope=Scope.WRITE, body={BINARY: bytes}, query=NewImportParams,
        returns={200: ImportSerializer, 202: ImportSerializer}, errors=[409, 507], headers=[LOCATION, RETRY_AFTER],
        examples=examples.IMPORT_NOTES,
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest) -> Response:
        """Import a file: an archive of `GET /export`, or an export of another program.

        The file is the body. A form (`multipart/form-data`) with the file in its field `file` is accepted, too.

        A small file is imported at once, and the response says what happened to each note. A large one gets 202: ask
        at `Location` for its progress. Importing a file again adds nothing, and never replaces a note that you have
        changed since.
        """
        with closing(find_file(request)) as file:
            imported = request_import(request.user, request.auth, read_upload(file, self.query))
        response = self.report(imported)
        if imported.finished_at is None:
            response.status_code, response["Retry-After"] = 202, str(ASK_AGAIN)
        return response


class ImportView(ImportingView):
    """An import and its report."""

    @operation(
        "getImport", "Import and export", "Read the report of an import",
        scope=Scope.READ, query=ImportParams, returns={200: ImportSerializer}, headers=[LOCATION],
        examples=examples.GET_IMPORT,
    )  # fmt: skip
    def get(self, request: AuthenticatedRequest, pk: UUID) -> Response:
        """Return how far the import is, and up to 500 items of its report. `next` has the items that follow.

        The report is kept for a week.
        """
        imported = Import.objects.of(request.user.pk).filter(pk=pk).first()
        if imported is None:
            raise NotFound
        return self.report(imported, self.query["after"])


def find_file(request: AuthenticatedRequest) -> "IO[bytes] | UploadedFile[Any]":
    """Return the file in the body. Raises `ValidationError` unless there is exactly one."""
    values: JSONObject = request.data  # type: ignore[assignment]  # the parsers make no list
    unknown = [name for name in values if name != FILE]
    if unknown or len(request.FILES.getlist(FILE)) > 1:
        raise ValidationError({(unknown or [FILE])[0]: ["Send one file, as `file`."]})
    file: Any = values.get(FILE)  # Any: a file, or a text in its place
    if not hasattr(file, "seek"):
        raise ValidationError({FILE: ["Send a file that is not empty."]})
    found: IO[bytes] | UploadedFile[Any] = file
    return found


def read_upload(
    file: "IO[bytes] | UploadedFile[Any]", query: Mapping[str, Any]
) -> Upload:  # Any: as the stubs and DRF say
    """Raises `ValidationError` if the file is empty."""
    size = file.seek(0, SEEK_END)
    if not size:
        raise ValidationError({FILE: ["Send a file that is not empty."]})
    name = query.get("name") or (file.name or "" if isinstance(file, UploadedFile) else "")
    return Upload(cast("IO[bytes]", file), size, name, query["format"], query["dry_run"], query["hashtags"])


def seekable(stream: IO[bytes]) -> IO[bytes]:
    """Return the stream itself, or a copy if it has no positions, as in a test."""
    if getattr(stream, "seekable", lambda: True)() and hasattr(stream, "seek"):
        return stream
    copy: IO[bytes] = SpooledTemporaryFile(IN_MEMORY, dir=settings.SPOOL_DIR)  # noqa: SIM115  # its user closes it
    while block := stream.read(IN_MEMORY):
        copy.write(block)
    return copy
