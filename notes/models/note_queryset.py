"""The QuerySet of notes: what the API, the admin and the commands select, as methods that chain."""

import json
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from uuid import UUID

from django.db import IntegrityError, models
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils import timezone

from accounts.models import Credential, User
from notes.exceptions import IdTaken, NoteChanged
from notes.models import single_statement
from notes.models.functions import HasAllTags, Like, Likely, OctetLength, sum_text_bytes
from notes.models.purging import apply_in_batches, delete_tombstones, purge_notes
from notes.models.retagging import retag_notes
from notes.models.revision_policy import record_change
from notes.models.visibility import Limit, Visibility, has_any, lost_any
from notes.search.conditions import Conditions
from notes.search.folding import fold
from notes.search.lookups import contains, expression
from notes.search.query import SEARCH_COLUMNS, Term
from notes.search.search_columns import add_search_columns
from notes.search.tag_marks import pattern_for_all
from notes_api.db.compiled import Parameter

if TYPE_CHECKING:
    from notes.models.note import Note

# A cast, because PostgreSQL takes a bare number in ORDER BY for the number of a column.
ONE = Cast(Value(1), IntegerField())
# A value, or the parameter of a compiled query.
Moment = datetime | Parameter


class RequiredTags(NamedTuple):
    """The tags that a filter requires: as a pattern of their marks, and as JSON."""

    pattern: str | Parameter
    names: str | Parameter

    @classmethod
    def of(cls, names: Collection[str]) -> Self:
        return cls(pattern_for_all(names), json.dumps(list(names), ensure_ascii=False))


class NoteQuerySet(models.QuerySet["Note"]):
    def ever_owned_by(self, user: User | UUID | Parameter) -> Self:
        """Notes in any state, and the tombstones of purged ones."""
        return self.filter(owner=user).without_search_columns()

    def owned_by(self, user: User | UUID | Parameter) -> Self:
        return self.filter(owner=user, purged_at=None).without_search_columns()

    def visible_to(self, owner: UUID | Parameter, limit: Limit = ()) -> Self:
        """The notes that a credential knows: every query of the API begins with this or the next. See `Visibility`."""
        return self.owned_by(owner).limited_to(limit)

    def ever_visible_to(self, owner: UUID | Parameter, limit: Limit = ()) -> Self:
        """Also the tombstones of notes that had one of the tags when they were purged."""
        return self.ever_owned_by(owner).limited_to(limit)

    def in_feed_of(self, owner: UUID | Parameter, limit: Limit = (), since: int | Parameter = 0) -> Self:
        """Also the notes that lost the last of these tags after the version `since`."""
        if not limit:
            return self.ever_owned_by(owner)
        return self.ever_owned_by(owner).filter(has_any(limit) | lost_any(limit, since))

    def limited_to(self, limit: Limit) -> Self:
        """The notes with a tag that has one of these marks; without marks, all."""
        return self.filter(has_any(limit)) if limit else self

    def active(self) -> Self:
        return self.filter(trashed_at=None)

    def trashed(self) -> Self:
        return self.not_purged().exclude(trashed_at=None)

    def not_purged(self) -> Self:
        return self.filter(purged_at=None)

    def trashed_before(self, moment: datetime) -> Self:
        """In the trash since before then. An imported note that was deleted elsewhere counts from its import."""
        return self.trashed().filter(trashed_at__lt=moment).exclude(imported_at__gte=moment)

    def purged_before(self, moment: datetime) -> Self:
        return self.filter(purged_at__lt=moment)

    def newer_than_clock(self) -> Self:
        """The notes whose version the clock of their account has not reached: there must be none."""
        return self.filter(version__gt=F("owner__clock__value"))

    def pinned(self, is_pinned: bool) -> Self:
        return self.filter(is_pinned=is_pinned)

    def archived(self, is_archived: bool) -> Self:
        return self.filter(is_archived=is_archived)

    def tagged(self, name: str) -> Self:
        return self.tagged_with_all(RequiredTags.of([name]))

    def tagged_with_all(self, required: "RequiredTags") -> Self:
        """The notes with all of these tags, in one pass over the marks of each note; without marks, over its tags."""
        marked = Like(F("tag_marks"), expression(required.pattern))
        tagged = HasAllTags(F("tags"), expression(required.names))
        return self.filter(Q(marked) | Q(tag_marks=None) & Q(tagged))

    def created_between(self, start: Moment | None, end: Moment | None) -> Self:
        return self._between("created_at", start, end)

    def updated_between(self, start: Moment | None, end: Moment | None) -> Self:
        return self._between("updated_at", start, end)

    def changed_after(self, version: int | Parameter, note_id: UUID | Parameter | None) -> Self:
        """The notes of the change feed after this position; without an id, all after this version."""
        if note_id is None:
            return self.filter(version__gt=version)
        return self.filter(Q(version__gte=version), Q(version__gt=version) | Q(id__gt=note_id))

    def changed_since(self, moment: datetime) -> Self:
        return self.filter(changed_at__gte=moment)

    def changed_up_to(self, version: int) -> Self:
        return self.filter(version__lte=version)

    def in_order_of_change(self) -> Self:
        return self.order_by("version", "id")

    def among(self, ids: Iterable[UUID | Parameter]) -> Self:
        return self.filter(pk__in=list(ids))

    def without_search_columns(self) -> Self:
        """Do not read the folded words: they are only compared with."""
        return self.defer(*SEARCH_COLUMNS)

    def search(self, conditions: Conditions) -> Self:
        return self.filter(conditions.met())

    def with_phrase_in_title(self, conditions: Conditions) -> Self:
        """The matches with the best rank; their content is only read to exclude words."""
        titled = self.filter(conditions.phrase_in_title())
        return titled.search(conditions) if conditions.has_exclusions() else titled

    def with_words_in_title(self, conditions: Conditions) -> Self:
        """The matches with the second rank: the title has all wanted words, but not side by side."""
        titled = self.filter(conditions.in_title()).exclude(conditions.phrase_in_title())
        return titled.search(conditions) if conditions.has_exclusions() else titled

    def matching_elsewhere(self, conditions: Conditions) -> Self:
        """The other matches."""
        return self.filter(conditions.met_outside_title()).exclude(conditions.in_title())

    def among_titled(self, conditions: Conditions, matches: Self) -> Self:
        """Those of these notes that are among `matches`, which all have the wanted words in the title.

        Of the others only an index is read. PostgreSQL would turn EXISTS into a join and read the notes.
        """
        found = Subquery(matches.filter(pk=OuterRef("pk")).values(found=ONE))
        return self.filter(conditions.may_be_in_title()).alias(found=found).filter(found=1)

    def first_matches(self, count: int, rank: int) -> Self:
        """The first `count` of these matches. Their text is read last: else sorting would carry that of all others."""
        matches: Self = self.model._default_manager.filter(pk__in=self.values("pk")[:count])  # type: ignore[assignment]  # this very class
        ranked = matches.without_search_columns().annotate(rank=Cast(Value(rank), IntegerField()))
        return ranked.order_by(*self.query.order_by)

    def for_staff(self) -> Self:
        """Without tombstones, and without reading what the notes say."""
        return self.not_purged().defer("content", *SEARCH_COLUMNS)

    def with_title_or_owner_like(self, part: str) -> Self:
        """Notes with a title in which a word begins with `part`, or with an owner whose address contains it.

        The content is never searched. A join would take twice as long as the subquery.
        """
        owners = Q(owner__in=User.objects.with_email_like(part).values("pk"))
        words = fold(part).strip()
        titled = contains("title_words", Term(words, is_prefix=True).pattern)
        return self.filter(titled | owners if words else owners)

    def versions_by_id(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        return dict(self.among(ids).values_list("pk", "version"))

    def content_bytes_by_id(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        return dict(self.among(ids).values_list("pk", OctetLength("content")))

    def owner_ids(self) -> list[UUID]:
        return list(self.order_by("owner").values_list("owner", flat=True).distinct())

    def total_bytes(self) -> int:
        """The bytes of all titles, contents and tags."""
        return sum_text_bytes(self)

    def create_note(
        self, owner: User, by: Credential | None = None, *, as_of: int | None = None, **values: Any
    ) -> "Note":  # Any: each has its own type
        """Create a note of `owner`, written with the credential `by`. Raises `QuotaExceeded`.

        `as_of` is a value that the account's clock had a moment ago. Pass it only with an id that the server chooses.
        An `id` among the values was chosen by the client. Raises `NoteChanged` if the owner has or had a note with this
        id, and `IdTaken` if another account has one, or if it is not visible.
        """
        now = timezone.now()
        author = {"written_by": None if by is None else by.pk, **record_change(by, now)}
        visibility, values = Visibility(owner.pk, by.tags if by else ()), {"tags": [], **values}
        values["tags"] = visibility.keep_tags((), values["tags"])
        note = self.model(owner=owner, created_at=now, updated_at=now, **author, **add_search_columns(values))
        if single_statement.is_possible(as_of) and single_statement.insert(note, as_of):
            return note
        try:
            note.insert()
        except IntegrityError:
            if "id" not in values:
                raise
            if existing := self.ever_visible_to(**visibility.values).filter(pk=values["id"]).first():
                raise NoteChanged(existing) from None
            raise IdTaken from None
        return note

    def retag(self, owner_id: UUID, old: str, new: str | None, by: Credential | None = None) -> int:
        """Rename a tag, or remove it if `new` is None; return the number of notes. Raises `QuotaExceeded`."""
        return retag_notes(self, owner_id, old, new, by)

    def purge(self, owner_id: UUID, by: Credential | None = None) -> int:
        """Turn the notes of one account into tombstones and return their number."""
        return purge_notes(self, owner_id, by)

    def purge_all(self) -> int:
        """Purge the notes of every owner, in short transactions; return their number."""
        return apply_in_batches(purge_notes, self)

    def delete_tombstones(self, owner_id: UUID) -> int:
        """Delete these tombstones of one account and return their number."""
        return delete_tombstones(self, owner_id)

    def delete_all_tombstones(self) -> int:
        """Delete these tombstones, in short transactions; return their number."""
        return apply_in_batches(delete_tombstones, self)

    def _between(self, field: str, start: Moment | None, end: Moment | None) -> Self:
        notes = self if start is None else self.filter(Likely(GreaterThanOrEqual(F(field), start)))
        return notes if end is None else notes.filter(Likely(LessThan(F(field), end)))


# Narrows the notes of an owner to the active ones, or to those in the trash.
StateFilter = Callable[[NoteQuerySet], NoteQuerySet]
