"""Look at imports and exports that the server carries out after the request."""

from collections.abc import Iterator

from notes.management.doctor.findings import Finding, ok, warning
from notes.models import Export, Import
from notes.models.export import ExportQuerySet
from notes.models.imported import ImportQuerySet

ADVICE = {
    "storage_full": "Make room on the disk. Then the user can send the same request again: nothing is written twice.",
    "too_many_attempts": (
        "A worker was killed in each attempt: look for `killed`, memory and the id in the logs. Then the user can send"
        " the same request again: nothing is written twice."
    ),
}
STUCK = (
    "Check that the server runs, and look for `killed`, memory and the id in the logs. `manage.py outbox` shows what"
    " waits and why it failed; with --all-failed it is tried again."
)


def check_transfers() -> Iterator[Finding]:
    for subject, objects in (("imports", Import.objects.all()), ("exports", Export.objects.all())):
        found = list(find(subject, objects))
        yield from found or [ok(subject, "none is stuck, and none has failed because of the server")]


def find(subject: str, transfers: ImportQuerySet | ExportQuerySet) -> Iterator[Finding]:
    stuck = transfers.stuck()
    if first := stuck.order_by("pk").first():
        message = f"{stuck.count()} make no progress, such as {first.pk} of {first.user_id}"
        yield warning(subject, f"{message}, begun at {first.created_at:%Y-%m-%d %H:%M} UTC", STUCK)
    failed: list[Import | Export] = list(transfers.failed_by_server().order_by("pk"))
    for problem in sorted({each.problem for each in failed}):
        those = [each for each in failed if each.problem == problem]
        message = f"{len(those)} failed with {problem}, such as {those[0].pk} of {those[0].user_id}"
        yield warning(subject, message, ADVICE.get(problem, STUCK))
