"""The daily work of servers: done once, while they serve requests, and never left half done."""

import os
import signal
from contextlib import ExitStack, suppress
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from notes.models import DailyWork, Note
from notes.tests.backups import connected_to
from notes.tests.factories import copies
from notes_api.tests import processes
from notes_api.tests.edge.server import eventually
from notes_api.tests.live_server import logged_in, scratch_database, serving

DAY = timedelta(days=1)
# With these settings, a purge of these takes three seconds.
SLOW_PURGE, TRASHED = "notes.tests.slow_purge_settings", 150


@pytest.fixture
def database(template, transactional_db):
    with scratch_database(template) as database, connected_to(database):
        yield database


@pytest.fixture
def servers(database, tmp_path):
    """`servers(2)` starts servers that look for work all the time."""
    variables = {
        "DJANGO_SETTINGS_MODULE": SLOW_PURGE,
        "DAILY_WORK_CHECK_SECONDS": "0.1",
        "BACKUP_DIR": str(tmp_path),
        "LOG_LEVEL": "INFO",
    }
    with ExitStack() as stack:
        yield lambda count: [stack.enter_context(serving(database, **variables)) for _ in range(count)]


def make_due():
    DailyWork.objects.load()
    DailyWork.objects.update(created_at=timezone.now() - 2 * DAY)


def trash(client):
    """Put notes into the trash of this account, 31 days ago."""
    owner = User.objects.get(email=client.email)
    Note.objects.bulk_create(copies(owner, TRASHED, trashed_at=timezone.now() - 31 * DAY))


def is_done():
    return DailyWork.objects.filter(purge_done_at__gt=timezone.now() - DAY).exists()


def process_of(server):
    """Return the id of the process that does the work, or None."""
    found = [pid for worker in server.workers() for pid in processes.children(worker, b"daily_work")]
    return found[0] if found else None


def is_purging():
    return 0 < Note.objects.not_purged().count() < TRASHED


def is_running(pid):
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def test_of_two_servers_one_does_the_work_while_both_serve_requests(servers, tmp_path):
    pair = servers(2)
    with logged_in(pair[0]) as client:
        make_due()
        statuses = set()
        while not is_done():
            statuses.add(client.post("/notes", json={"title": "Milk"}).status_code)

    eventually(lambda: DailyWork.objects.get().holder == "")
    logs = "".join(server.log() for server in pair)
    assert statuses == {201}
    assert logs.count("The daily backup is done") == logs.count("The daily purge is done") == 1
    assert len(list(tmp_path.glob("*.json"))) == 1


def test_when_a_server_is_killed_during_the_purge_another_one_goes_on(servers):
    one, other = servers(2)
    with logged_in(one) as client:
        trash(client)
    make_due()
    eventually(is_purging)
    killed = next(server for server in (one, other) if "The daily purge begins" in server.log())
    process = process_of(killed)
    killed.signal(signal.SIGKILL)

    eventually(lambda: not is_running(process))
    eventually(is_done, seconds=60)
    assert Note.objects.not_purged().count() == 0
    assert DailyWork.objects.get().failures == 0


def test_a_process_that_is_killed_is_replaced(servers):
    [server] = servers(1)
    with logged_in(server) as client:
        trash(client)
    make_due()
    os.kill(eventually(lambda: is_purging() and process_of(server)), signal.SIGKILL)

    eventually(lambda: DailyWork.objects.get().failure == "The process ended with exit code -9.")
    # The pause after a failure is over.
    DailyWork.objects.update(failed_at=timezone.now() - DAY)
    eventually(is_done, seconds=60)
    assert Note.objects.not_purged().count() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_work_ends_with_its_server(servers, number):
    [server] = servers(1)
    with logged_in(server) as client:
        trash(client)
    make_due()
    pid = eventually(lambda: is_purging() and process_of(server))
    if number == signal.SIGKILL:
        # They would go on for a moment after their master.
        for worker in server.workers():
            os.kill(worker, signal.SIGKILL)
    server.signal(number)

    eventually(lambda: not is_running(pid))
    assert 0 < Note.objects.not_purged().count() < TRASHED
    assert DailyWork.objects.get().failures == 0


def test_after_a_reload_the_new_worker_goes_on(servers):
    [server] = servers(1)
    with logged_in(server) as client:
        trash(client)
    make_due()
    pid = eventually(lambda: is_purging() and process_of(server))
    server.signal(signal.SIGHUP)

    eventually(lambda: not is_running(pid))
    eventually(is_done, seconds=60)
    assert Note.objects.not_purged().count() == 0
    assert DailyWork.objects.get().failures == 0
