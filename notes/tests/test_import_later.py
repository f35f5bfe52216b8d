"""Large imports: carried out by the outbox after the response, and continued after an interruption."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.flows.erasure import erase
from notes.models import Import, Note, ReportPage, StoredFile
from notes.tests.factories import clock_of
from notes.tests.imports import counts, line, lines, sender
from notes.tests.transfer.inputs import zip_of
from notes.transfer.imports import requests, runner
from outbox.kinds import ClaimLost, Unfinished


@pytest.fixture
def phone(as_user, alice):
    return as_user(alice)


@pytest.fixture
def send(phone):
    return sender(phone)


@pytest.fixture
def large(monkeypatch):
    """Everything is too large for the request itself."""
    monkeypatch.setattr(requests, "SMALL_BYTES", 0)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_a_large_input_is_imported_after_the_response(send, phone, alice, large, committed):
    with committed():
        response = send(lines(250))

    assert (response.status_code, response.headers["Retry-After"]) == (202, "5")
    report = phone.get(response.headers["Location"]).json()
    assert (report["status"], report["counts"]["created"]) == ("done", 250)
    assert Note.objects.count() == 250
    assert not StoredFile.objects.exists()


def test_only_one_large_import_of_an_account_is_in_progress(send, large):
    first = send(line())
    second = send(line())

    assert (first.status_code, second.status_code) == (202, 409)
    assert second.json()["code"] == "import_in_progress"
    assert first.headers["Location"] in second.json()["detail"]
    assert StoredFile.objects.count() == Import.objects.count() == 1


def test_an_import_that_takes_too_long_continues_after_the_response(send, alice, monkeypatch, committed):
    monkeypatch.setattr(requests, "SMALL_SECONDS", -1)
    with committed():
        response = send(lines(3))

    assert response.status_code == 202
    assert Note.objects.count() == 3


class Attempt:
    """A claim that is lost, or has to pause, after the given number of groups."""

    def __init__(self, groups=10**9, pauses=False, is_ending=False):
        self.left, self.pauses = groups, pauses
        self.is_ending = is_ending

    @property
    def must_pause(self):
        return self.pauses and self.left <= 0

    def renew(self):
        self.left -= 1
        if self.left < 0:
            raise ClaimLost


@pytest.mark.parametrize(
    ("groups", "pauses", "error"),
    [(1, True, Unfinished), (2, True, Unfinished), *((groups, False, ClaimLost) for groups in (0, 1, 2))],
)
def test_an_interrupted_import_goes_on_where_it_was(send, phone, large, groups, pauses, error):
    location = send(lines(250)).headers["Location"]
    payload = {"id": location.rpartition("/")[2]}
    with pytest.raises(error):
        requests.continue_import(payload, Attempt(groups, pauses))
    assert Note.objects.count() == groups * 100

    requests.continue_import(payload, Attempt())

    assert Note.objects.count() == 250
    assert phone.get(location).json()["counts"] == {"created": 250, "unchanged": 0, "skipped": 0, "failed": 0}


class Waited(Attempt):
    """A claim for whose end others wait."""

    must_pause = True


def test_each_attempt_writes_something_although_others_wait(send, large):
    """To find the place where it was can take longer than a turn."""
    payload = {"id": send(lines(250)).headers["Location"].rpartition("/")[2]}
    for count in (100, 200):
        with pytest.raises(Unfinished):
            requests.continue_import(payload, Waited())
        assert Note.objects.count() == count


def test_an_attempt_ends_with_its_process(send, large):
    payload = {"id": send(lines(250)).headers["Location"].rpartition("/")[2]}

    with pytest.raises(Unfinished):
        requests.continue_import(payload, Attempt(is_ending=True))

    assert not Note.objects.exists()


@pytest.fixture
def excessive(monkeypatch, settings):
    """An input of four groups: the second note exceeds the quota, and the last is the same as the first."""
    monkeypatch.setattr(runner, "MAX_NOTES", 1)
    settings.MAX_BYTES_PER_USER = 20
    first = line(content="x" * 10)
    return first + line(content="y" * 10) + line(content="z") + first


def test_a_dry_run_reports_what_the_import_does(send, excessive, alice):
    dry, real = send(excessive, "?dry_run=true"), send(excessive)

    assert counts(dry) == counts(real) == {"created": 2, "failed": 1, "unchanged": 1}


def test_an_interrupted_dry_run_knows_what_came_before(send, phone, large, excessive):
    location = send(excessive, "?dry_run=true").headers["Location"]
    payload = {"id": location.rpartition("/")[2]}
    with pytest.raises(Unfinished):
        requests.continue_import(payload, Attempt(1, pauses=True))

    requests.continue_import(payload, Attempt())

    assert counts(phone.get(location)) == {"created": 2, "failed": 1, "unchanged": 1}


def test_an_import_without_progress_fails(send, phone, large):
    location = send(line()).headers["Location"]
    Import.objects.update(stalls=5)

    requests.continue_import({"id": location.rpartition("/")[2]}, Attempt())

    report = phone.get(location).json()
    assert (report["status"], report["problem"]["code"]) == ("failed", "too_many_attempts")
    assert not StoredFile.objects.exists()


def test_an_erasure_deletes_imports_and_uploads(send, alice, large):
    send(line())
    erase(alice)
    assert [model.objects.count() for model in (Import, ReportPage, StoredFile)] == [0, 0, 0]


def test_an_import_advances_the_clock_once_more_when_it_is_done(send, alice, large, committed):
    with committed():
        send(lines(150))
    assert clock_of(alice) == 3


def test_the_report_of_an_import_that_still_runs_is_kept(send, alice, monkeypatch):
    monkeypatch.setattr("notes.models.imported.MAX_KEPT", 1)
    running = Import.objects.create(user=alice, format="keep")
    for _ in range(2):
        send(line())
    assert Import.objects.filter(pk=running.pk).exists()
    assert Import.objects.count() == 2


def test_the_report_of_a_command_that_runs_for_days_is_kept(send, alice, monkeypatch):
    monkeypatch.setattr("notes.models.imported.MAX_KEPT", 1)
    began = timezone.now() - timedelta(days=2)
    command = Import.objects.create(user=alice, format="keep", created_at=began)
    Import.objects.create(user=alice, format="keep", created_at=began, written_by=uuid4())
    send(line())

    assert list(Import.objects.filter(created_at=began)) == [command]


def test_a_file_whose_type_cannot_be_stored_does_not_lose_the_note(send):
    attachments = [{"filePath": "a.png", "mimetype": "image/png\0\ud800"}]
    note = {"textContent": "Milk", "isTrashed": False, "attachments": attachments}

    response = send(zip_of({"a.json": note, "a.png": b"picture"}), "?format=keep")

    assert counts(response) == {"created": 1}
    assert response.json()["items"][0]["attachments"][0]["media_type"] == "image/png" + "\N{REPLACEMENT CHARACTER}" * 2
