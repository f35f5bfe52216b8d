"""The daily work goes on with another connection if the database has closed the one it used."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from notes.management.daily_work import lease
from notes.management.daily_work.jobs import JOBS
from notes.models import DailyWork
from notes.models.daily_work import Job
from notes_api.db.database_clock import database_now
from notes_api.tests.edge.server import eventually


def lose_connection():
    """Close the connection as the other end would do it: Django does not know."""
    connection.ensure_connection()
    connection.connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_backup_that_loses_its_connection_does_not_stop_the_purge(own_database, settings, tmp_path, monkeypatch):
    settings.BACKUP_DIR = str(tmp_path)
    DailyWork.objects.all().delete()
    DailyWork.objects.create(created_at=database_now() - timedelta(days=2))

    def fail():
        lose_connection()
        DailyWork.objects.load()

    monkeypatch.setitem(JOBS, Job.BACKUP, fail)

    call_command("daily_work")

    work = DailyWork.objects.get()
    assert work.purge_done_at is not None
    assert (work.holder, work.failures, work.failure[:19]) == ("", 1, "The backup failed: ")


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_although_a_connection_was_lost(monkeypatch):
    work = DailyWork.objects.load()
    assert work.take()
    renew, renewals = DailyWork.renew, []

    def lose_connection_once(work):
        if not renewals:
            lose_connection()
        renewals.append(work)
        return renew(work)

    ended = []
    monkeypatch.setattr(DailyWork, "renew", lose_connection_once)
    monkeypatch.setattr(lease, "RENEWAL", timedelta(milliseconds=10))
    monkeypatch.setattr(lease, "LEASE", timedelta(milliseconds=10))
    monkeypatch.setattr(lease, "end_process", ended.append)
    before = DailyWork.objects.get().lease_ends_at

    with lease.kept(work):
        eventually(lambda: DailyWork.objects.get().lease_ends_at > before)

    assert len(renewals) > 1
