"""What staff may look up across all accounts."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from accounts.models import User
from notes.folding import folded
from notes.models.sizes import MeasuredQuerySet
from notes.search import SEARCHED, Term, contains

Row = TypeVar("Row", bound=models.Model)


class LookupQuerySet(MeasuredQuerySet[Row]):
    def for_staff(self) -> Self:
        """Neither tombstones nor what the notes say, which is not even read."""
        return self.filter(purged_at=None).defer("content", *SEARCHED)

    def titled_or_owned_like(self, part: str) -> Self:
        """By the beginning of a word of the title, found as every search finds it, or by part of the owner's address.

        Never by the text. A join here would take twice as long.
        """
        owners = Q(owner__in=User.objects.with_email_like(part).values("pk"))
        words = folded(part).strip()
        titled = contains("title_words", Term(words, is_prefix=True).pattern)
        return self.filter(titled | owners if words else owners)
