"""Recording when a job was done, for `manage.py doctor`, the metrics, and so that it is not done again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import DatabaseError

from notes.models import DailyWork
from notes.models.daily_work import Job


@contextmanager
def recorded(job: Job) -> Iterator[None]:
    """Record that the job was done if nothing is raised."""
    began = time.monotonic()
    yield
    # Before `migrate` there is no table to record it, and a backup may be made nevertheless.
    with suppress(DatabaseError):
        DailyWork.objects.record_success(job, time.monotonic() - began)
