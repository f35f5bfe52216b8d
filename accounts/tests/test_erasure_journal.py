"""Erasures are recorded in the journal, if there is one."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.tests.account_requests import erase_account
from notes_api.db.erasure_journal import ErasureJournal

pytestmark = pytest.mark.usefixtures("on_commit")


@pytest.fixture
def journal(settings, tmp_path):
    settings.ERASURE_JOURNAL = tmp_path / "journal"
    return ErasureJournal(settings.ERASURE_JOURNAL)


@pytest.fixture
def broken_journal(settings, tmp_path):
    """A journal that nobody can write."""
    settings.ERASURE_JOURNAL = tmp_path / "missing" / "journal"


def entries(journal):
    return [(str(entry.fate), entry.account_id) for entry in journal.read()[0]]


def test_an_erasure_is_recorded_before_and_after_the_commit(journal, as_user, alice):
    assert erase_account(as_user(alice)).status_code == 204

    assert entries(journal) == [("begun", alice.pk), ("erased", alice.pk)]


def test_an_erasure_in_the_admin_is_recorded(journal, in_admin, superuser, alice):
    in_admin(superuser).post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"})

    assert entries(journal) == [("begun", alice.pk), ("erased", alice.pk)]


def test_an_erasure_that_is_refused_is_not_recorded(journal, as_user, staff):
    assert erase_account(as_user(staff)).status_code == 409

    assert entries(journal) == []


def test_without_a_record_nothing_is_erased(broken_journal, as_user, alice, caplog):
    response = erase_account(as_user(alice))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert response.json()["code"] == "service_unavailable"
    assert User.objects.get() == alice
    assert "Nothing was erased: the journal " in caplog.text


def test_an_erasure_whose_end_cannot_be_recorded_is_done_and_settled_later(journal, as_user, alice):
    with connection.execute_wrapper(breaks_after(1, journal.path)):
        assert erase_account(as_user(alice)).status_code == 204

    assert not User.objects.exists()


@pytest.mark.parametrize("address", ["/admin/accounts/user/{}/delete/", "/admin/accounts/user/"])
def test_without_a_record_the_admin_says_why_nothing_is_erased(broken_journal, in_admin, superuser, alice, address):
    form = {"post": "yes", "action": "delete_selected", "_selected_action": [str(alice.pk)]}

    response = in_admin(superuser).post(address.format(alice.pk), form, follow=True)

    assert "The journal of erasures cannot be written" in response.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


def test_if_the_journal_fails_after_some_erasures_the_admin_says_and_logs_how_many(
    journal, in_admin, superuser, alice, bob, mallory
):
    users = [alice, bob, mallory]
    form = {"post": "yes", "action": "delete_selected", "_selected_action": [str(user.pk) for user in users]}

    with connection.execute_wrapper(breaks_after(2, journal.path)):
        response = in_admin(superuser).post("/admin/accounts/user/", form, follow=True)

    text = response.content.decode()
    assert "Only 2 of the 3 selected accounts were erased." in text
    assert "The journal of erasures cannot be written" in text
    assert list(User.objects.exclude(pk=superuser.pk)) == [mallory]
    assert sorted(LogEntry.objects.values_list("object_id", flat=True)) == sorted([str(alice.pk), str(bob.pk)])


def breaks_after(erasures, path):
    """Something else takes the place of the journal while the last of these accounts is deleted."""
    deleted = []

    def execute_and_break(execute, sql, *rest):
        if sql.startswith('DELETE FROM "accounts_user" '):
            deleted.append(sql)
            if len(deleted) == erasures:
                path.unlink()
                path.mkdir()
        return execute(sql, *rest)

    return execute_and_break


def test_the_daily_job_goes_on_without_a_record(broken_journal, settings, alice, capsys):
    settings.EMAIL_VERIFICATION = "required"
    alice.update_columns({"created_at": timezone.now() - timedelta(days=8)})

    call_command("purge", "--trust-clock")

    assert "       0 unverified accounts erased\n" in capsys.readouterr().out
    assert User.objects.get() == alice


def test_an_erasure_that_was_interrupted_is_settled_by_the_daily_job(journal, alice, bob, time_machine):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    journal.add("begun", [alice.pk, bob.pk])
    User.objects.filter(pk=alice.pk).delete()

    call_command("purge", "--trust-clock")
    # Bob's erasure may still be running.
    assert entries(journal)[2:] == [("erased", alice.pk)]

    time_machine.move_to("2026-01-05T10:00:00Z", tick=False)
    call_command("purge", "--trust-clock")
    assert entries(journal)[3:] == [("kept", bob.pk)]


def test_the_daily_job_forgets_erasures_after_400_days(journal, alice, time_machine, capsys):
    time_machine.move_to("2026-01-05T09:00:00Z", tick=False)
    journal.add("erased", [alice.pk])

    time_machine.shift(timedelta(days=400))
    call_command("purge", "--trust-clock")
    assert "       0 old erasures forgotten\n" in capsys.readouterr().out

    time_machine.shift(1)
    call_command("purge", "--trust-clock")
    assert "       1 old erasures forgotten\n" in capsys.readouterr().out
    assert entries(journal) == []


def test_without_the_setting_no_file_is_written(as_user, alice, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert erase_account(as_user(alice)).status_code == 204

    assert list(Path().iterdir()) == []
