"""Carries out the operations of a batch: several writes of one account in one tick."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.serializers import ErrorDetail

from accounts.models import Credential, joint_tick
from accounts.permissions import require_scopes
from accounts.scopes import Scope
from notes.exceptions import NoteChanged
from notes.models import Note
from notes.models.visibility import Visibility
from notes.problems import to_api_exception
from notes.serializers import batch as operations
from notes.serializers.notes import note_renderer, validate_id
from notes_api.rest.json_types import JSON
from notes_api.rest.problems import Problem
from notes_api.rest.storage_full import require_room

# How much content the operations of a batch may write, or fail to write. The body has room for as much, but appending
# one byte to a note writes all of its content.
MAX_WRITTEN_BYTES = 16 * 1_048_576

Item = Mapping[str, JSON]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome:
    """The outcome of one operation: the note after it, or an error."""

    status: int
    note: Note | None = None
    error: APIException | None = None


@dataclass(frozen=True)
class BatchGuard:
    """Compares with the version from before the batch, because all operations of a batch share one version."""

    if_version: int | None
    version_before: int | None

    def allow(self, version: int) -> bool:
        return self.if_version is None or self.if_version == self.version_before


class BatchFailed(Exception):
    """An operation of an atomic batch failed, so the whole batch was rolled back."""

    def __init__(self, position: int, outcome: Outcome) -> None:
        super().__init__(position)
        self.position = position
        self.outcome = outcome


def run_batch(
    credential: Credential, items: Sequence[Item], serialize: Callable[[Outcome], Result], *, is_atomic: bool
) -> list[Result]:
    """Carry out the operations in order, each completely or not at all. Raises `BatchFailed` if `is_atomic`.

    Each outcome is serialized at once: the notes of a whole batch could hold a hundred mebibytes of content in memory.
    """
    with joint_tick(credential.user_id):
        batch = Batch(credential, items)
        results = []
        for position, item in enumerate(items):
            outcome = batch.carry_out(item)
            if is_atomic and outcome.error is not None:
                raise BatchFailed(position, outcome)
            results.append(serialize(outcome))
        return results


class Batch:
    def __init__(self, credential: Credential, items: Sequence[Item]) -> None:
        self.credential = credential
        self.user = credential.user
        self.written_bytes = 0
        counts = Counter(note_id for item in items if (note_id := operations.parse_id(item)) is not None)
        self.visibility = Visibility.of(credential)
        notes = Note.objects.ever_visible_to(**self.visibility.values)
        self.versions_before = notes.versions_by_id(counts)
        # How long the contents are that an operation appends to.
        self.content_bytes = notes.content_bytes_by_id(ids_appended_to(items))
        # The second of two operations on a note overwrites a text that no version ever had, and which is never stored
        # (see `record_rewrite`). So the first one always stores the text from before the batch.
        self.repeated_ids = {note_id for note_id, count in counts.items() if count > 1}

    def carry_out(self, item: Item) -> Outcome:
        """Carry out one operation, in a savepoint: an error leaves no changes."""
        try:
            kind = kind_of(item)
            require_scopes(self.credential, kind.scope)
            values = kind.read(item)
            self.reserve(values)
            return self.remember_size(values, VERBS[kind](self, values))
        except Exception as exc:
            error = to_api_exception(exc, note_renderer(self.credential))
            if isinstance(error, APIException):
                return Outcome(error.status_code, error=error)
            raise

    def reserve(self, values: Item) -> None:
        """Count the content that the operation is about to write: it costs as much if the operation fails.

        Raises a problem if the operations before it have used up the budget.
        """
        if not writes_content(values):
            return
        require_room()
        if self.written_bytes >= MAX_WRITTEN_BYTES:
            limit = f"the {MAX_WRITTEN_BYTES} bytes of content that a batch may write"
            detail = f"The operations before this one used up {limit}: send it in another batch."
            raise Problem(413, "batch_too_large", detail)
        before = self.content_bytes.get(values["id"], 0) if "text" in values else 0
        text = values["text"] if "text" in values else values["note"]["content"]
        self.written_bytes += before + len(text.encode())

    def remember_size(self, values: Item, outcome: Outcome) -> Outcome:
        if outcome.note is not None and writes_content(values):
            self.content_bytes[outcome.note.pk] = len(outcome.note.content.encode())
        return outcome

    def create(self, item: Item) -> Outcome:
        own: Item = {"id": validate_id(item["id"])} if "id" in item else {}
        values = {**item["note"], "tags": self.visibility.keep_tags((), item["note"]["tags"])}
        try:
            return Outcome(201, Note.objects.create_note(self.user, self.credential, **own, **values))
        except NoteChanged as error:
            # Without the scope to read, a client must not find out by guessing what a note says.
            if Scope.READ in self.credential.granted_scopes and error.current.is_active_with(values):
                return Outcome(200, error.current)
            raise

    def replace(self, item: Item) -> Outcome:
        require_version(item)
        by, is_repeated = self.credential, item["id"] in self.repeated_ids
        return self.write_note(
            item, lambda note, guard: note.change(item["note"], guard, by, is_worth_keeping=is_repeated)
        )

    def append(self, item: Item) -> Outcome:
        by, is_repeated = self.credential, item["id"] in self.repeated_ids
        return self.write_note(
            item, lambda note, guard: note.append(item["text"], guard, by, is_worth_keeping=is_repeated)
        )

    def restore(self, item: Item) -> Outcome:
        by, is_repeated = self.credential, item["id"] in self.repeated_ids
        return self.write_note(item, lambda note, guard: note.restore(guard, by, is_worth_keeping=is_repeated))

    def delete(self, item: Item) -> Outcome:
        require_version(item)
        by, is_repeated = self.credential, item["id"] in self.repeated_ids
        self.write_note(item, lambda note, guard: note.trash(guard, by, is_worth_keeping=is_repeated))
        return Outcome(204)

    def write_note(self, item: Item, write: Callable[[Note, BatchGuard], Note]) -> Outcome:
        """Write to the note that the operation names.

        If the client names a version and the note is in the trash or purged, `NoteChanged` reports this.
        """
        guard = BatchGuard(item.get("if_version"), self.versions_before.get(item["id"]))
        try:
            note = Note(pk=item["id"], owner=self.user)
            note.limit = self.visibility.tags
            return Outcome(200, write(note, guard))
        except Note.DoesNotExist:
            current = Note.objects.ever_visible_to(**self.visibility.values).among([item["id"]]).first()
            if current is not None and guard.if_version is not None:
                raise NoteChanged(current) from None
            raise


def ids_appended_to(items: Sequence[Item]) -> set[UUID]:
    appends = (item for item in items if item.get("op") == "append")
    return {note_id for item in appends if (note_id := operations.parse_id(item)) is not None}


def writes_content(values: Item) -> bool:
    """Whether an operation writes the whole content of a note, as each one does that may change it."""
    return "text" in values or "content" in values.get("note", {})


def require_version(item: Item) -> None:
    """Raise the same problem as a single request if REQUIRE_IF_MATCH is on and the operation names no version."""
    if settings.REQUIRE_IF_MATCH and "if_version" not in item:
        raise Problem(428, "precondition_required", "Send the version that you have seen as `if_version`.")


def kind_of(item: Item) -> type[operations.Operation]:
    op = item.get("op")
    if not isinstance(op, str) or op not in operations.KINDS:
        message = f"`op` must be one of {', '.join(operations.KINDS)}."
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
