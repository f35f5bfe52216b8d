"""How notes go for good: first their text, after TOMBSTONE_DAYS the memory of them too."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Max
from django.utils import timezone

from accounts.models import Clock, tick
from notes.models import quota
from notes.models.idempotency import StoredAnswer
from notes.models.lookup import LookupQuerySet
from notes.models.revision import Revision

Row = TypeVar("Row", bound=models.Model)

EMPTY: dict[str, Any] = {  # Any: each field has its own type
    "title": "",
    "content": "",
    "tags": [],
    "title_words": "",
    "content_words": "",
    "content_signature": None,
    "is_pinned": False,
    "is_archived": False,
    "written_by": None,
    "revised_at": None,
}


class PurgingQuerySet(LookupQuerySet[Row]):
    def owners(self) -> list[UUID]:
        return list(self.order_by("owner").values_list("owner", flat=True).distinct())

    def purge_all(self) -> int:
        """`purge` for every owner, each in a transaction of its own."""
        return sum(self.purge(owner_id) for owner_id in self.owners())

    def forget_all(self) -> int:
        """Let these tombstones go: cursors from before them are void, each owner in a transaction of its own."""
        return sum(self.forget(owner_id) for owner_id in self.owners())

    def forget(self, owner_id: UUID) -> int:
        with tick(owner_id) as now:
            now.give_back()
            gone = self.filter(owner=owner_id)
            newest = gone.aggregate(newest=Max("version"))["newest"]
            if newest is None:
                return 0
            Clock.objects.forget_before(owner_id, newest)
            return gone.delete()[1].get("notes.Note", 0)

    def purge(self, owner_id: UUID) -> int:
        """Leave nothing of these notes of one account but tombstones, in one tick; how many that were."""
        with tick(owner_id) as now:
            gone = self.filter(owner=owner_id)
            revisions = Revision.objects.of_notes(gone)
            if quota.is_limited():
                quota.grow(owner_id, -gone.total_bytes() - revisions.total_bytes())
            revisions.delete()
            StoredAnswer.objects.about(gone).remove()
            count = gone.update(**EMPTY, purged_at=timezone.now(), version=now.version)
            if not count:
                now.give_back()
            return count
