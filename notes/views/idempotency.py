"""`Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a retry gets the first response and does nothing."""

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

import orjson
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.serializers import ErrorDetail
from rest_framework.views import APIView

from accounts.authentication.bearer import AuthenticatedRequest
from accounts.models import Credential, joint_tick
from accounts.scopes import Scope
from notes.models import Note, StoredAnswer
from notes_api.rest.headers import IDEMPOTENCY_KEY
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.operation import AnyHandler, Feature
from notes_api.rest.problems import Problem
from notes_api.rest.renderers import encode_json

STORED_HEADERS = ("ETag", "Location")


def replay_retries(handler: AnyHandler) -> AnyHandler:
    """Make a handler safe to retry with `Idempotency-Key`."""

    @functools.wraps(handler)
    def handle(view: APIView, request: AuthenticatedRequest, *args: Any, **kwargs: Any) -> Response:  # Any: passed on
        run: Callable[[], Response] = functools.partial(handler, view, request, *args, **kwargs)
        key = read_key(request)
        return run() if key is None else run_once(run, request, key)

    return handle


def run_once(run: Callable[[], Response], request: AuthenticatedRequest, key: str) -> Response:
    """Run the handler and store its response, or return the response to an earlier request with the same key.

    The response is stored in the transaction of the write, under the lock of the owner's clock: a second request with
    the key waits for the first and replays its response. Errors are not stored, because they change nothing.
    """
    fingerprint = compute_fingerprint(request)
    with joint_tick(request.user.pk):
        candidates = StoredAnswer.objects.with_key(holder_of_keys(request.auth), key)
        if stored := candidates.fresh().first():
            return replay_response(stored, fingerprint)
        candidates.remove()
        response = run()
        if has_effect(response):
            store_response(request, key, fingerprint, response)
        return response


idempotent = Feature(replay_retries, headers=[IDEMPOTENCY_KEY], errors=[422])


def holder_of_keys(credential: Credential) -> UUID:
    """Return whose keys these are: the account's, so that a retry after a new log-in is still a retry.

    Those of a token that may not read, or is limited to tags, are its own: it must not see what others have stored.
    """
    sees_all = Scope.READ in credential.granted_scopes and not credential.tags
    return credential.user_id if sees_all else credential.pk


def has_effect(response: Response) -> bool:
    """Whether the request changed something. Only an atomic batch can succeed without: when it was not applied."""
    return bool(response.data.get("applied", True))


def read_key(request: AuthenticatedRequest) -> str | None:
    """Return the key, which may be quoted as a structured-field string; raises `ValidationError`."""
    header: str | None = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if header is None:
        return None
    if is_list(header):
        message = "Send one Idempotency-Key. Quote a key that contains a comma."
        raise ValidationError({"Idempotency-Key": [ErrorDetail(message, "repeated")]})
    key = header[1:-1] if re.fullmatch(r'".*"', header) else header
    if not re.fullmatch(r"[\x20-\x7e]{1,255}", key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters."
        raise ValidationError({"Idempotency-Key": [ErrorDetail(message, "invalid")]})
    return key


def is_list(header: str) -> bool:
    """Whether the header holds several keys. Servers and proxies join repeated fields with a comma."""
    return "," in re.sub(r'"[^"]*"', "", header)


def compute_fingerprint(request: AuthenticatedRequest) -> str:
    """Return a digest of the method, path and body, which a retry must not change."""
    # Not orjson: it rejects integers of more than 64 bits, which the serializer should report instead.
    payload = json.dumps([request.method, request.path_info, request.data], sort_keys=True)
    return hashlib.sha256(payload.encode()).hexdigest()


def replay_response(stored: StoredAnswer, fingerprint: str) -> Response:
    """Return the stored response; raises `Problem` 422 if it belongs to a different request."""
    if stored.fingerprint != fingerprint:
        raise Problem(422, "idempotency_key_reused", "This Idempotency-Key was used with a different request.")
    headers = {**stored.headers, "Idempotency-Replayed": "true"}
    return Response(orjson.loads(stored.body), status=stored.status, headers=headers)


def store_response(request: AuthenticatedRequest, key: str, fingerprint: str, response: Response) -> None:
    body = encode_json(response.data)
    answer = StoredAnswer.objects.create(
        user=request.user,
        end_byte=StoredAnswer.objects.make_room(request.user.pk, len(body)),
        holder_id=holder_of_keys(request.auth),
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        headers={name: response[name] for name in STORED_HEADERS if name in response},
        body=body.decode(),
    )
    answer.notes.set(Note.objects.among(find_note_ids(response.data)))


def find_note_ids(body: JSON) -> Iterable[UUID]:
    """Return the ids of the notes in a response, which is one note or the results of a batch."""
    notes = [find_note(result) for result in body.get("results", [{"note": body}])]
    return {note["id"] for note in notes if note}


def find_note(result: JSONObject) -> JSONObject:
    """Return the note in one result of a batch: the written one, or the present one after a conflict; {} if none."""
    note: JSONObject = result.get("note") or result.get("problem", {}).get("current") or {}
    return note
