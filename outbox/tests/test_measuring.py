"""What `/metrics` shows of the outbox."""

from datetime import timedelta

from django.utils import timezone

from notes_api.monitoring.metrics import REGISTRY
from notes_api.server.metrics_view import measure_all
from outbox.tests.entries import make_entry


def measured():
    measure_all()
    return [REGISTRY.get_sample_value(f"notes_outbox_{name}") for name in ("waiting", "oldest_seconds", "failed")]


def test_what_waits_and_what_failed_is_counted(alice, at_nine):
    make_entry(created_at=timezone.now() - timedelta(seconds=90))
    make_entry()
    make_entry(user=alice, failed_at=timezone.now(), created_at=timezone.now() - timedelta(days=1))

    assert measured() == [2, 90, 1]


def test_an_empty_outbox_has_no_age():
    assert measured() == [0, 0, 0]
