"""When sessions and API tokens were last used: written a few seconds later, many at once."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError, models, transaction

from notes_api.background_tasks import Batch

# The model of a credential and its id.
Used = tuple[type[models.Model], UUID]


def write_uses(times: Mapping[Used, datetime]) -> None:
    """Store the latest of the times for all these credentials.

    If the database fails, the times are lost: the next request of each credential brings another.
    """
    moment = max(times.values())
    with suppress(DatabaseError), transaction.atomic():
        for model in {model for model, _ in times}:
            # Other processes may write the same rows in another order. Nobody waits for a row that somebody writes.
            rows = model._base_manager.select_for_update(skip_locked=True, no_key=True)
            free = rows.filter(pk__in=[pk for each, pk in times if each is model]).values("pk")
            model._base_manager.filter(pk__in=free).update(last_used_at=moment)


last_uses: Batch[Used, datetime] = Batch("last-uses", write_uses)
