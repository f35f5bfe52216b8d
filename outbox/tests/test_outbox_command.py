"""`manage.py outbox`."""

import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from conftest import NOWHERE
from outbox.models import Entry
from outbox.models.entry import State
from outbox.tests.entries import make_entry

MINUTE = timedelta(minutes=1)


@pytest.fixture
def failed(alice, at_nine):
    """A mail of Alice's that failed."""
    moment = timezone.now()
    return make_entry(
        "mail", {"recipient": "alice@example.com"}, alice,
        created_at=moment - 3 * MINUTE, failed_at=moment, attempts=2, last_error="Connection refused",
    )  # fmt: skip


@pytest.fixture
def run(capsys):
    def run(*arguments):
        call_command("outbox", *arguments)
        return capsys.readouterr().out

    return run


def test_the_list_shows_what_failed_and_why(run, failed, alice):
    assert run() == (
        f"{failed.pk} mail              failed   2 attempts, 3 min old, account {alice.pk}\n"
        "         → Connection refused\n"
        "0 waiting, 0 running, 1 failed\n"
    )


def test_the_list_shows_when_an_entry_is_tried_again(run, at_nine):
    later = make_entry("mail", due_at=timezone.now() + 90 * MINUTE, attempts=7)
    due = make_entry("mail")

    assert run().splitlines()[:2] == [
        f"{later.pk} mail              waiting  7 attempts, 0 s old, next attempt in 1 h, account unknown",
        f"{due.pk} mail              waiting  0 attempts, 0 s old, due, account unknown",
    ]


def test_one_attempt_is_not_several(run):
    make_entry("mail", attempts=1)

    assert " 1 attempt, " in run()


def test_an_empty_outbox_is_a_line(run):
    assert run() == "0 waiting, 0 running, 0 failed\n"


def test_json_has_every_value_except_the_payload(run, failed, alice):
    [shown] = json.loads(run("--json"))

    assert shown == {
        "id": str(failed.pk),
        "kind": "mail",
        "state": "failed",
        "account_id": str(alice.pk),
        "request_id": "",
        "attempts": 2,
        "created_at": "2026-01-05T08:57:00+00:00",
        "next_attempt_at": None,
        "expires_at": "2026-01-08T09:00:00+00:00",
        "failed_at": "2026-01-05T09:00:00+00:00",
        "last_error": "Connection refused",
    }


@pytest.mark.parametrize(
    "arguments", [["--state", "failed"], ["--kind", "mail"], ["--account", "ALICE@example.com"]], ids=" ".join
)
def test_the_list_can_be_restricted(run, failed, arguments, bob):
    make_entry("webhook", user=bob)

    assert [entry["id"] for entry in json.loads(run("--json", *arguments))] == [str(failed.pk)]


def test_all_that_failed_is_retried(run, failed, bob):
    make_entry("mail", user=bob, failed_at=timezone.now())

    assert run("--all-failed") == "Entries that are tried again: 2. A running server begins within a minute.\n"

    assert Entry.objects.due().count() == 2


def test_one_entry_is_retried(run, failed, bob):
    other = make_entry("mail", user=bob, failed_at=timezone.now())

    run("--retry", str(failed.pk))

    assert Entry.objects.due().get() == failed
    assert Entry.objects.failed().get() == other


def test_an_entry_that_waits_for_its_next_attempt_is_tried_now(run):
    entry = make_entry("mail", due_at=timezone.now() + 90 * MINUTE, attempts=7)

    run("--retry", str(entry.pk))

    assert Entry.objects.due().get() == entry
    assert Entry.objects.get().attempts == 7


def test_an_entry_that_is_being_carried_out_is_left_alone(run):
    entry = make_entry("mail")
    entry.claim()

    assert "tried again: 0" in run("--retry", str(entry.pk))

    assert Entry.objects.get().state == State.RUNNING


def test_an_id_that_does_not_exist_is_refused_and_nothing_is_changed(run, failed):
    with pytest.raises(CommandError) as refusal:
        run("--retry", str(failed.pk), NOWHERE)

    assert str(refusal.value) == (
        f"Not in this list of the outbox, perhaps done or deleted: {NOWHERE}. Nothing was changed."
    )
    assert Entry.objects.get().state == State.FAILED


def test_an_entry_outside_of_the_restricted_list_is_refused(run, failed):
    with pytest.raises(CommandError, match="Not in this list of the outbox"):
        run("--state", "waiting", "--retry", str(failed.pk))

    assert Entry.objects.get().state == State.FAILED


def test_text_that_is_not_an_id_is_refused(run):
    with pytest.raises(CommandError, match="'5' is not the id of an entry"):
        run("--retry", "5")


def test_an_unknown_account_is_refused(run):
    with pytest.raises(CommandError, match=r"No account has the e-mail address nobody@example.com\."):
        run("--account", "nobody@example.com")
