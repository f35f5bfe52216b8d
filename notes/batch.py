"""Several writes of one account in one tick."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.serializers import ErrorDetail

from accounts.models import Credential, joint_tick
from accounts.permissions import demand
from accounts.scopes import Scope
from notes.models import Note
from notes.models.note import NoteChanged
from notes.problems import as_problem
from notes.serializers import batch as operations
from notes.serializers.notes import own_id, shown_to
from notes_api.problems import Problem

Item = Mapping[str, Any]  # Any: JSON
Told = TypeVar("Told")


@dataclass(frozen=True)
class Outcome:
    """What became of one operation: the note as it then is, or the refusal."""

    status: int
    note: Note | None = None
    refusal: APIException | None = None


@dataclass(frozen=True)
class BatchGuard:
    """Compares with the version from before the batch: all its operations share one number."""

    if_version: int | None
    before: int | None

    def allow(self, version: int) -> bool:
        return self.if_version is None or self.if_version == self.before


class BatchFailed(Exception):
    """An operation of an atomic batch failed: nothing of the batch remains."""

    def __init__(self, position: int, outcome: Outcome) -> None:
        super().__init__(position)
        self.position = position
        self.outcome = outcome


def run_batch(
    credential: Credential, items: Sequence[Item], tell: Callable[[Outcome], Told], *, is_atomic: bool
) -> list[Told]:
    """Carry out the operations in their order, each wholly or not at all. Raises `BatchFailed` if `is_atomic`.

    What became of each is told at once: kept, the notes of a batch could hold a hundred mebibytes of content.
    """
    with joint_tick(credential.user_id):
        batch = Batch(credential, items)
        told = []
        for position, item in enumerate(items):
            outcome = batch.carry_out(item)
            if is_atomic and outcome.refusal is not None:
                raise BatchFailed(position, outcome)
            told.append(tell(outcome))
        return told


class Batch:
    def __init__(self, credential: Credential, items: Sequence[Item]) -> None:
        self.credential = credential
        self.user, self.by = credential.user, credential.pk
        named = Counter(note_id for item in items if (note_id := operations.readable_id(item)) is not None)
        self.versions = Note.objects.ever_owned_by(self.user).versions_of(named)
        # What the second of two operations on a note overwrites was never a version of it: see `Note._set_aside`.
        self.repeated = {note_id for note_id, times in named.items() if times > 1}

    def carry_out(self, item: Item) -> Outcome:
        """One operation, in a savepoint of its own: what it refuses leaves nothing behind."""
        try:
            kind = kind_of(item)
            demand(self.credential, kind.scope)
            return VERBS[kind](self, kind.read(item))
        except Exception as exc:
            refusal = as_problem(exc, shown_to(self.credential))
            if isinstance(refusal, APIException):
                return Outcome(refusal.status_code, refusal=refusal)
            raise

    def create(self, item: Item) -> Outcome:
        chosen = {"id": own_id(item["id"])} if "id" in item else {}
        try:
            return Outcome(201, Note.objects.write(self.user, self.by, **chosen, **item["note"]))
        except NoteChanged as found:
            # Whoever may not read shall not find out by trying what a note says.
            if Scope.READ in self.credential.granted and found.current.is_active_with(item["note"]):
                return Outcome(200, found.current)
            raise

    def replace(self, item: Item) -> Outcome:
        require_version(item)
        again = item["id"] in self.repeated
        return self.on_note(item, lambda note, guard: note.change(item["note"], guard, self.by, is_worth_keeping=again))

    def append(self, item: Item) -> Outcome:
        again = item["id"] in self.repeated
        return self.on_note(item, lambda note, guard: note.append(item["text"], guard, self.by, is_worth_keeping=again))

    def restore(self, item: Item) -> Outcome:
        return self.on_note(item, lambda note, guard: note.restore(guard))

    def delete(self, item: Item) -> Outcome:
        require_version(item)
        self.on_note(item, lambda note, guard: note.trash(guard))
        return Outcome(204)

    def on_note(self, item: Item, write: Callable[[Note, BatchGuard], Note]) -> Outcome:
        """Write to the note that the operation names.

        Where the client names a version and the note is in the trash or purged, that is what it is told.
        """
        guard = BatchGuard(item.get("if_version"), self.versions.get(item["id"]))
        try:
            return Outcome(200, write(Note(pk=item["id"], owner=self.user), guard))
        except Note.DoesNotExist:
            gone = Note.objects.ever_owned_by(self.user).among([item["id"]]).first()
            if gone is not None and guard.if_version is not None:
                raise NoteChanged(gone) from None
            raise


def require_version(item: Item) -> None:
    """With REQUIRE_IF_MATCH an operation that names no version is refused, as the request alone would be."""
    if settings.REQUIRE_IF_MATCH and "if_version" not in item:
        raise Problem(428, "precondition_required", "Say in `if_version` which version you have seen.")


def kind_of(item: Item) -> type[operations.Operation]:
    op = item.get("op")
    if not isinstance(op, str) or op not in operations.KINDS:
        message = f"`op` is one of {', '.join(operations.KINDS)}."
        raise ValidationError({"op": [ErrorDetail(message, "invalid_choice")]})
    return operations.KINDS[op]


VERBS: dict[type[operations.Operation], Callable[[Batch, Item], Outcome]] = {
    operations.CreateOperation: Batch.create,
    operations.ReplaceOperation: Batch.replace,
    operations.UpdateOperation: Batch.replace,
    operations.AppendOperation: Batch.append,
    operations.DeleteOperation: Batch.delete,
    operations.RestoreOperation: Batch.restore,
}
