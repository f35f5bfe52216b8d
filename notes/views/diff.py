from uuid import UUID

from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.models import Note, Revision
from notes.models.text_diff import diff_states
from notes.permissions import IsOwner
from notes.serializers.diffs import DiffParams, DiffSerializer
from notes.views import examples
from notes.views.note_view import SingleNoteView
from notes_api.rest.large_reads import begin_large_read
from notes_api.rest.operation import operation
from notes_api.rest.renderers import DiffRenderer, FastJSONRenderer, TextResponse

# Characters of both contents.
LARGE = 1_048_576


class DiffView(SingleNoteView):
    """How a note differs between two of its versions."""

    request: AuthenticatedRequest
    serializer_class = DiffSerializer
    permission_classes = [IsAuthenticated, HasScope, IsOwner]
    renderer_classes = [FastJSONRenderer, DiffRenderer]

    @operation(
        "diffRevision", "Revisions", "Compare two versions of a note",
        scope=Scope.READ, query=DiffParams, returns={200: {"application/json": DiffSerializer, "text/x-diff": str}},
        examples=examples.DIFF_REVISION,
    )  # fmt: skip
    def retrieve(self, request: AuthenticatedRequest, pk: UUID, version: int) -> Response:
        """Return a unified diff of title, tags and content, from an earlier text to another or to the present one.

        With `Accept: text/x-diff`, return only the diff. If comparing the texts takes too long, changed lines are shown
        as replaced by all those that follow them up to the last change.
        """
        note = self.get_object()
        other = self.query.get("to", note.version)
        before, after = find_state(note, version), find_state(note, other)
        if len(before.content) + len(after.content) > LARGE:
            begin_large_read()
        diff = diff_states(before.text, after.text, (version, other))
        if isinstance(request.accepted_renderer, DiffRenderer):
            return TextResponse(diff)
        return Response({"from": version, "to": other, "diff": diff})


def find_state(note: Note, version: int) -> Note | Revision:
    """Return the note or its revision of this version; raises `Revision.DoesNotExist`."""
    return note if version == note.version else Revision.objects.of(note).get(version=version)
