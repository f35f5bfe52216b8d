"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a retry gets the first answer, and does nothing."""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast
from uuid import UUID

import orjson
from django.conf import settings
from rest_framework.exceptions import Throttled, ValidationError
from rest_framework.response import Response
from rest_framework.serializers import ErrorDetail
from rest_framework.views import APIView

from accounts.authentication import AuthenticatedRequest
from accounts.models import ThrottleCounter, joint_tick
from notes.models import Note, StoredAnswer
from notes.models.idempotency import KEPT_FOR
from notes_api.environment import Rate
from notes_api.problems import Problem
from notes_api.renderers import as_bytes

Handler = TypeVar("Handler", bound=Callable[..., Response])

STORED_HEADERS = ("ETag", "Location")
# Bytes of answers that may be stored for an account in a day: as many as its quota, but no more than so many, and no
# fewer than the largest answer of a batch.
MOST_PER_DAY, LEAST_PER_DAY = 256 * 1_048_576, 16 * 1_048_576


def idempotent(handler: Handler) -> Handler:
    """Let a handler be retried with `Idempotency-Key`.

    The answer is stored in the transaction of the effect, under the lock of the owner's clock: a second request
    with the key waits for the first and replays its answer. Only what succeeds is stored, for a refusal did
    nothing.
    """

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        key = key_of(request)
        if key is None:
            return handler(view, request, *args, **kwargs)
        fingerprint = fingerprint_of(request)
        with joint_tick(request.user.pk):
            given = StoredAnswer.objects.given_to(request.auth.pk, key)
            if stored := given.fresh().first():
                return replay(stored, fingerprint)
            given.remove()
            response = handler(view, request, *args, **kwargs)
            if has_effect(response):
                store(request, key, fingerprint, response)
            return response

    return cast("Handler", handle)


def has_effect(response: Response) -> bool:
    """Whether there is anything that a retry could do twice: an atomic batch that failed did nothing."""
    return bool(response.data.get("applied", True))


def key_of(request: AuthenticatedRequest) -> str | None:
    """The key, bare or as a quoted structured-field string."""
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    key = header[1:-1] if re.fullmatch(r'".*"', header) else header
    if not re.fullmatch(r"[\x20-\x7e]{1,255}", key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters."
        raise ValidationError({"Idempotency-Key": [ErrorDetail(message, "invalid")]})
    return key


def fingerprint_of(request: AuthenticatedRequest) -> str:
    # Not orjson: it refuses numbers of more than 64 bits, and what a number may be is for the serializer to say.
    payload = json.dumps([request.method, request.path, request.data], sort_keys=True)
    return hashlib.sha256(payload.encode()).hexdigest()


def replay(stored: StoredAnswer, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with another payload.")
    headers = {**stored.headers, "Idempotency-Replayed": "true"}
    return Response(orjson.loads(stored.body), status=stored.status, headers=headers)


def store(request: AuthenticatedRequest, key: str, fingerprint: str, response: Response) -> None:
    body = as_bytes(response.data)
    take_room(request.user.pk, len(body))
    answer = StoredAnswer.objects.create(
        user=request.user,
        credential_id=request.auth.pk,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers={name: response[name] for name in STORED_HEADERS if name in response},
        body=body.decode(),
    )
    answer.notes.set(Note.objects.among(ids_in(response.data)))


def take_room(owner_id: UUID, size: int) -> None:
    """An answer may hold a full note, and storing it costs the client nothing: so it counts; raises `Throttled`."""
    most = min(MOST_PER_DAY, max(LEAST_PER_DAY, settings.MAX_BYTES_PER_USER or MOST_PER_DAY))
    rate = Rate(most, int(KEPT_FOR.total_seconds()))
    if wait := ThrottleCounter.objects.reserve(f"answers:{owner_id}", rate, cost=size):
        raise Throttled(wait, "Too much was answered to your Idempotency-Keys today: nothing was done.")


def ids_in(body: Any) -> Iterable[UUID]:  # Any: JSON
    """The notes whose text an answer holds: a note itself, or the results of a batch."""
    shown = [note_in(result) for result in body.get("results", [{"note": body}])]
    return {note["id"] for note in shown if note}


def note_in(result: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """The note that one result of a batch shows, if any: as it was written, or as it is instead."""
    note: dict[str, Any] = result.get("note") or result.get("problem", {}).get("current") or {}
    return note
