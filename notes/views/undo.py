from typing import Any
from uuid import UUID

from django.core import signing
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.serializers import ErrorDetail

from accounts.authentication.bearer import LoggedInRequest
from accounts.models import ApiToken, Credential, Grant
from accounts.models.credential import CredentialQuerySet
from accounts.permissions import HasScope
from notes.models.undoing import Position, undo
from notes.serializers.undo import UndoneSerializer, UndoSerializer
from notes.views import examples
from notes.views.note_view import NoteView
from notes_api.rest.operation import operation


class TokenUndoView(NoteView):
    """What a program has changed can be put back."""

    request: LoggedInRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "undoToken", "API tokens", "Undo what an API token changed",
        body=UndoSerializer, returns={200: UndoneSerializer}, errors=[404], examples=examples.UNDO_TOKEN,
    )  # fmt: skip
    def post(self, request: LoggedInRequest, pk: UUID) -> Response:
        """Put notes back to how they were before this token changed them, also if it was revoked.

        Notes that it created move to the trash. A note that anything else has changed since stays as it is and is among
        `skipped`. The replaced state becomes a revision. Revoke the token first, and repeat with `next_cursor`.
        """
        return undo_response(request, ApiToken.objects.with_id(pk))


class GrantUndoView(NoteView):
    """What a program with access through OAuth has changed can be put back."""

    request: LoggedInRequest
    permission_classes = [IsAuthenticated, HasScope]

    @operation(
        "undoGrant", "Programs", "Undo what a program changed",
        body=UndoSerializer, returns={200: UndoneSerializer}, errors=[404], examples=examples.UNDO_TOKEN,
    )  # fmt: skip
    def post(self, request: LoggedInRequest, pk: UUID) -> Response:
        """Put notes back to how they were before this program changed them, also if its access has ended.

        As `POST /tokens/{id}/undo` does for an API token.
        """
        return undo_response(request, Grant.objects.with_id(pk))


def undo_response(request: LoggedInRequest, found: CredentialQuerySet[Any]) -> Response:  # Any: tokens or grants
    """Undo a part of what this credential of the user has changed, as the body of the request says."""
    credential = found.of(request.user).first()
    if credential is None:
        raise NotFound
    values = UndoSerializer.read(request.data)
    start = None if values["cursor"] is None else decode(values["cursor"], credential)
    undone = undo(credential, values["since"], start, request.auth)
    skipped = [{"id": note_id, "reason": reason} for note_id, reason in undone.skipped.items()]
    following = None if undone.following is None else encode(undone.following, credential)
    body = {"undone": [{"id": note_id} for note_id in undone.changed], "skipped": skipped, "next_cursor": following}
    return Response(body)


def signer() -> signing.Signer:
    return signing.Signer(salt="notes.undo")


def encode(position: Position, credential: Credential) -> str:
    note_id = None if position.note_id is None else position.note_id.hex
    return signer().sign_object([credential.pk.hex, position.version, note_id, position.until])


def decode(text: str, credential: Credential) -> Position:
    """Return the position in a cursor of this credential; raises `ValidationError`."""
    try:
        credential_id, version, note_id, until = signer().unsign_object(text)
    except (signing.BadSignature, ValueError):
        credential_id = None
    if credential_id != credential.pk.hex:
        message = "This is not the `next_cursor` of an undo of this credential: start again without it."
        raise ValidationError({"cursor": [ErrorDetail(message, "invalid")]})
    return Position(version, note_id and UUID(note_id), until)
