"""Look at the work that waits in the outbox, such as mails."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from notes.management.doctor.findings import Finding, ok, warning
from outbox.models import Entry
from outbox.models.entry import State

# A server that runs carries out an entry within seconds. After the first failures it tries again within minutes.
LATE = timedelta(minutes=15)
CAUSES = "Check that the server runs, and EMAIL_URL with `manage.py sendtestemail you@example.org`."


def check_outbox() -> Iterator[Finding]:
    failed, waiting = Entry.objects.in_state(State.FAILED), Entry.objects.unfinished()
    oldest = waiting.oldest_at()
    if count := failed.count():
        yield warning(
            "outbox", f"{count} entries have failed{reason(failed.last_errors())}",
            f"{CAUSES} Then run `manage.py outbox --all-failed`.",
        )  # fmt: skip
    if oldest is not None and timezone.now() - oldest > LATE:
        minutes = int((timezone.now() - oldest).total_seconds() // 60)
        message = f"the oldest of {waiting.count()} entries has waited for {minutes} minutes"
        yield warning("outbox", f"{message}{reason(waiting.last_errors())}", CAUSES)
    elif not count:
        yield ok("outbox", "nothing has failed or waits for long")


def reason(last_errors: list[str]) -> str:
    return f", the last with: {last_errors[-1]}" if last_errors else ""
