"""What `/metrics` shows of the outbox."""

from django.utils import timezone

from notes_api.monitoring.metrics import outbox_failed, outbox_oldest_seconds, outbox_waiting
from outbox.models import Entry


def measure_outbox() -> None:
    oldest = Entry.objects.oldest_at()
    outbox_waiting.set(Entry.objects.unfinished().count())
    outbox_oldest_seconds.set(0 if oldest is None else (timezone.now() - oldest).total_seconds())
    outbox_failed.set(Entry.objects.failed().count())
