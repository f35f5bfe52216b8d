"""An account with many notes of 49 tags each, and the CPU time that a request of it costs."""

import os
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from accounts.models import Clock
from notes.models import Note, TagCount
from notes.search.search_columns import add_search_columns
from notes_api.tests.cpu_time import cpu_seconds

TAGS = [f"t{number}" for number in range(48)]
BATCH = 1000
# CPU seconds of the loop in `slowness`, the least that was seen.
FULL_SPEED = 0.02
WORDS = "milk bread butter coffee sugar apples honey flour salt rice"


def fill(owner, count):
    """Give the account `count` active notes. All have 48 tags in common, and one of 1,000 others."""
    start = timezone.now() - timedelta(days=365)
    for first in range(0, count, BATCH):
        Note.objects.bulk_create(build_note(owner, n, start) for n in range(first + 1, min(count, first + BATCH) + 1))
    Clock.objects.filter(user=owner).update(value=count)
    TagCount.objects.recount(owner.pk, Note.objects.owned_by(owner).active())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE notes_note, notes_tagcount")


def build_note(owner, number, start):
    moment = start + timedelta(minutes=number)
    text = {
        "title": f"Note {number} list",
        "content": f"{WORDS} number{number}\n" * 4,
        "tags": [*TAGS, f"u{number % 1000}"],
    }
    return Note(owner=owner, version=number, created_at=moment, updated_at=moment, **add_search_columns(text))


def own_and_database_time():
    """Return the CPU seconds of this process, and of the process of PostgreSQL that serves its connection."""
    own = time.process_time()
    if connection.vendor != "postgresql":
        return own
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return own + (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def cost_below(limit, send, path):
    """Do the same as `cost_of`, in seconds of a core at full speed; repeat a read above the limit, at most four times.

    Others slow the core of a virtual machine down, for seconds and to less than half of its speed.
    """
    for _ in range(5):
        before = slowness()
        response, seconds = cost_of(send, path)
        seconds /= (before + slowness()) / 2
        if seconds < limit:
            break
    return response, seconds


def slowness():
    """Return how many times longer than at full speed the core takes for a loop, at least 1."""
    seconds, _ = cpu_seconds(lambda: sum(number * number % 7 for number in range(300_000)))
    return max(1, seconds / FULL_SPEED)


def cost_of(send, path):
    """Send a request to the path; return the response, and the CPU seconds that it took."""
    seconds, response = cpu_seconds(lambda: send(path), own_and_database_time)
    return response, seconds
