from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from accounts.authentication import AuthenticatedRequest
from accounts.permissions import HasScope, needs
from accounts.scopes import Scope
from notes.batch import BatchFailed, Outcome, run_batch
from notes.examples import BATCH, BATCH_ANSWER
from notes.models import Note
from notes.models.page import PAGE_MAX_BYTES
from notes.permissions import IsOwner
from notes.problems import NoteView
from notes.serializers.batch import BatchAnswerSerializer, BatchRequestSerializer, BatchSerializer
from notes.serializers.notes import shown_to
from notes.views.idempotency import idempotent, note_in
from notes_api.problems import Problem, describe
from notes_api.schema import IDEMPOTENCY_KEY, answers, documented, example

Result = dict[str, Any]  # Any: JSON


class BatchView(NoteView):
    """Many writes at once."""

    request: AuthenticatedRequest
    permission_classes = [IsAuthenticated, HasScope, IsOwner]

    @needs(Scope.APPEND)
    @documented("batchNotes", "Sync", "Write many notes at once")
    @extend_schema(
        request=BatchRequestSerializer,
        responses=answers({200: BatchAnswerSerializer}, 422),
        parameters=[IDEMPOTENCY_KEY],
        examples=[example("A push", BATCH), example("A push", BATCH_ANSWER, status="200")],
    )
    @idempotent
    def post(self, request: AuthenticatedRequest) -> Response:
        """Up to 100 operations in order, under one number; each succeeds or fails by itself, or all do (`atomic`).

        `if_version` speaks of the state before the batch. With `notes:append` alone only `create` and `append` are
        done, and of a note you get back no more than `id` and `version`.
        """
        serializer = BatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        items, is_atomic = serializer.validated_data["operations"], serializer.validated_data["atomic"]
        teller = Teller(request.id, shown_to(request.auth))
        try:
            results = run_batch(request.auth, items, teller.tell, is_atomic=is_atomic)
        except BatchFailed as failure:
            return Response({"applied": False, "results": teller.tell_of_failure(failure, len(items))})
        return Response({"applied": True, "results": results})


class Teller:
    """Tells what became of each operation; once 8 MiB of content are told, id and version must do."""

    def __init__(self, request_id: str, show: Callable[[Note], Result]) -> None:
        self.request_id = request_id
        self.show = show
        self.told = 0

    def tell(self, outcome: Outcome) -> Result:
        answer = self.result(outcome)
        note = note_in(answer)
        self.told += len(note.get("content", "").encode())
        if self.told > PAGE_MAX_BYTES:
            shorten(note)
        return answer

    def tell_of_failure(self, failure: BatchFailed, count: int) -> list[Result]:
        """The culprit's refusal at its place; the others fell with it."""
        fallen = Problem(424, "failed_dependency", f"Operation {failure.position} failed, so nothing was changed.")
        answer = [self.result(Outcome(424, refusal=fallen)) for _ in range(count)]
        answer[failure.position] = self.result(failure.outcome)
        return answer

    def result(self, outcome: Outcome) -> Result:
        if outcome.refusal is not None:
            return {"status": outcome.status, "problem": describe(outcome.refusal, self.request_id)}
        if outcome.note is None:
            return {"status": outcome.status}
        return {"status": outcome.status, "note": self.show(outcome.note)}


def shorten(note: Result) -> None:
    for name in note.keys() - {"id", "version"}:
        del note[name]
