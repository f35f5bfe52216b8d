"""`manage.py daily_work`: what the server starts once a day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from notes.management.daily_work import lease
from notes.management.daily_work.jobs import do_jobs
from notes.management.daily_work.schedule import due_jobs
from notes.models import DailyWork
from notes_api.db.database_clock import database_now


class Command(BaseCommand):
    help = (
        "Does the daily work if it is due and no other process does it: a backup if BACKUP_DIR is set, then `purge`."
        " The server starts this command. To do the work at any time, use `backup` and `purge`."
    )
    # The worker that starts it has made them.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--end-with-input", action="store_true", help="end when the standard input ends, as the server needs it"
        )

    def handle(self, *args: Any, end_with_input: bool, **options: Any) -> None:
        if end_with_input:
            lease.end_with_input()
        work = DailyWork.objects.load()
        if not work.take():
            self.stdout.write("Another process does the work at present.")
            return
        with lease.kept(work):
            # Read with the lease: another process may just have done it.
            if jobs := due_jobs(work, database_now()):
                do_jobs(jobs)
            else:
                self.stdout.write("Nothing is due.")
