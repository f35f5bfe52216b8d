from collections.abc import Callable

from orjson import Fragment
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.permissions import HasScope
from accounts.scopes import Scope
from notes.batch import BatchFailed, Outcome, run_batch
from notes.lists.page import PAGE_MAX_BYTES, PAGE_MAX_JSON_BYTES
from notes.models import Note
from notes.serializers.batch import BatchAnswerSerializer, BatchSerializer, DocumentedBatchSerializer
from notes.serializers.notes import note_renderer
from notes.views import examples
from notes.views.folding_ahead import folds_ahead
from notes.views.idempotency import find_note, idempotent
from notes.views.minimal import minimal_results, shorten_note
from notes.views.note_view import NoteView
from notes_api.rest.error_list import MAX_ERRORS
from notes_api.rest.json_types import JSONObject
from notes_api.rest.operation import operation
from notes_api.rest.problems import Problem, problem_body
from notes_api.rest.renderers import encode_json


class BatchView(NoteView):
    """Several writes in one request."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "batchNotes", "Sync", "Write several notes",
        scope=Scope.APPEND, body=DocumentedBatchSerializer, returns={200: BatchAnswerSerializer},
        examples=examples.BATCH_NOTES, features=[idempotent, minimal_results, folds_ahead],
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest) -> Response:
        """Run up to 100 operations in order, as one change. Each succeeds or fails on its own unless `atomic` is true.

        `if_version` refers to the state before the batch. A token with only `notes:append` can only `create` and
        `append`, and each returned note has only `id` and `version`.
        """
        values = BatchSerializer.read(request.data)
        serializer = ResultSerializer(request.id, note_renderer(request.auth))
        try:
            results = run_batch(request.auth, values["operations"], serializer.serialize, is_atomic=values["atomic"])
        except BatchFailed as failure:
            results = serializer.serialize_failure(failure, len(values["operations"]))
            return Response({"applied": False, "results": results})
        return Response({"applied": True, "results": results})


class ResultSerializer:
    """Serializes the result of each operation.

    After 8 MiB of content, or 10 MiB of it as JSON, notes have only id and version. Contents become JSON at once:
    Python stores a text with one emoji in four bytes per character.
    """

    def __init__(self, request_id: str, render_note: Callable[[Note], JSONObject]) -> None:
        self.request_id = request_id
        self.render_note = render_note
        self.content_bytes = self.json_bytes = 0
        self.error_count = 0

    def serialize(self, outcome: Outcome) -> JSONObject:
        result = self.render_outcome(outcome)
        note = find_note(result)
        if "content" in note:
            encoded = encode_json(note["content"])
            self.content_bytes += len(note["content"].encode())
            self.json_bytes += len(encoded)
            note["content"] = Fragment(encoded)
        if self.content_bytes > PAGE_MAX_BYTES or self.json_bytes > PAGE_MAX_JSON_BYTES:
            shorten_note(note)
        return result

    def serialize_failure(self, failure: BatchFailed, count: int) -> list[JSONObject]:
        """Return the results of an atomic batch: the error of the failed operation, and 424 for all others."""
        dependent = Problem(424, "failed_dependency", f"Operation {failure.position} failed, so nothing was changed.")
        results = [self.render_outcome(Outcome(424, error=dependent)) for _ in range(count)]
        results[failure.position] = self.render_outcome(failure.outcome)
        return results

    def render_outcome(self, outcome: Outcome) -> JSONObject:
        if outcome.error is not None:
            return {"status": outcome.status, "problem": self.render_error(outcome.error)}
        if outcome.note is None:
            return {"status": outcome.status}
        return {"status": outcome.status, "note": self.render_note(outcome.note)}

    def render_error(self, error: APIException) -> JSONObject:
        """Return the problem of one operation. All operations share MAX_ERRORS; after them, each lists one error."""
        body = problem_body(error, self.request_id, max(1, MAX_ERRORS - self.error_count))
        self.error_count += len(body["errors"])
        return body
