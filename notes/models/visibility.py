"""Which notes a credential knows, and which tags its writes keep."""

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, NotRequired, Self, TypedDict
from uuid import UUID

from django.db.models import F, Q

from notes.exceptions import TooManyTags
from notes.models.lost_tags import HasLost
from notes.search.conditions import any_of
from notes.search.lookups import contains, expression
from notes.search.tag_marks import mark_of
from notes_api.db.compiled import Parameter
from notes_api.rest.tag_names import MAX_TAGS

if TYPE_CHECKING:
    from accounts.models import Credential

# The marks of the tags that a credential is limited to, or the parameters of a compiled query in their place. Without a
# limit, there are none.
Limit = tuple[str, ...] | tuple[Parameter, ...]


class Arguments(TypedDict):
    """The arguments of `NoteQuerySet.visible_to`."""

    owner: UUID
    limit: NotRequired[tuple[str, ...]]


class Visibility(NamedTuple):
    """All notes of an account or, for a credential that is limited to tags, those with at least one of them.

    All other notes are like those of another account. `NoteQuerySet.visible_to` selects the notes, and every query of
    the API begins with it.
    """

    owner_id: UUID
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, credential: "Credential") -> Self:
        return cls(credential.user_id, credential.tags)

    @property
    def values(self) -> Arguments:
        """The limit is one argument more, so the queries for other credentials stay as they are."""
        return {"owner": self.owner_id, "limit": marks_of(self.tags)} if self.tags else {"owner": self.owner_id}

    def includes(self, tags: Collection[str]) -> bool:
        return not self.tags or any(tag in tags for tag in self.tags)

    def keep_tags(self, before: Collection[str], after: list[str]) -> list[str]:
        """Return the tags that a write may give a note in place of those `before`. Raises `TooManyTags`.

        Without a tag of the limit, it keeps those that it had. A new note gets the first.
        """
        if self.includes(after):
            return after
        kept = [tag for tag in before if tag in self.tags] or [self.tags[0]]
        if len(after) + len(kept) > MAX_TAGS:
            raise TooManyTags
        return [*after, *kept]


@lru_cache(maxsize=256)
def marks_of(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(mark_of, tags))


def has_any(limit: Limit) -> Q:
    """A tag of the note has one of these marks. A note whose marks are not stored is visible to nobody with a limit."""
    return any_of([contains("tag_marks", mark) for mark in limit])


def lost_any(limit: Limit, since: int | Parameter) -> Q:
    """The note lost a tag with one of these marks after this version."""
    return Q(HasLost(F("lost_tags"), expression(since), *map(expression, limit)))
