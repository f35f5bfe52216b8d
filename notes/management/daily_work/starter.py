"""The thread of each worker that starts the daily work in a process of its own when it is due.

A process, because the work would slow down the event loop of the worker, whose threads share one interpreter, and need
memory in it. It has the lowest priority and ends with the worker.
"""

import logging
import os
import random
import subprocess
import sys
import threading
from contextlib import suppress

from django.conf import settings
from django.db import DatabaseError, connections

from notes.management.daily_work.clock import store_time
from notes.management.daily_work.schedule import due_jobs, makes_backups, undone_jobs
from notes.models import DailyWork
from notes.models.daily_work import Job
from notes_api.background_tasks import run_task
from notes_api.db.database_clock import database_now
from notes_api.monitoring import metrics
from notes_api.server.shutdown import on_shutdown

logger = logging.getLogger(__name__)

COMMAND = [sys.executable, "-m", "django", "daily_work", "--end-with-input"]
LOWEST_PRIORITY = 19
# Seconds between two looks at whether the worker shuts down, while the work is done.
POLL_SECONDS = 0.2


class Starter:
    def __init__(self) -> None:
        self.is_stopping = threading.Event()

    def start(self) -> None:
        on_shutdown(self.is_stopping.set)
        threading.Thread(target=self.run, name="daily-work", daemon=True).start()

    def run(self) -> None:
        # At random, so that the workers of all machines do not look at the same time.
        while not self.is_stopping.wait(settings.DAILY_WORK_CHECK_SECONDS * random.uniform(1, 2)):  # noqa: S311
            run_task(self.look)

    def look(self) -> None:
        # The database may be away, or not be migrated yet.
        with suppress(DatabaseError):
            self.start_work_if_due()
        connections.close_all()

    def start_work_if_due(self) -> None:
        work = DailyWork.objects.load()
        store_time(work)
        show(work)
        now = database_now()
        if work.failures and not undone_jobs(work, now):
            # Somebody has done it by hand since.
            DailyWork.objects.forget_failures()
        if due_jobs(work, now) and not work.is_held:
            connections.close_all()
            exit_code = self.run_process()
            if exit_code and not self.is_stopping.is_set():
                logger.error("The daily work ended with exit code %d", exit_code)
                DailyWork.objects.record_failure(f"The process ended with exit code {exit_code}.")

    def run_process(self) -> int:
        """Run the command until it has ended, or this worker shuts down, and return its exit code."""
        with subprocess.Popen(  # noqa: S603
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment(), process_group=0
        ) as process:
            with suppress(ProcessLookupError):
                os.setpriority(os.PRIO_PROCESS, process.pid, LOWEST_PRIORITY)
            while process.poll() is None and not self.is_stopping.wait(POLL_SECONDS):
                pass
        # The end of the block closes the pipe, which ends the process, and waits for it.
        return process.returncode


def environment() -> dict[str, str]:
    """Return the environment of the command: as of `manage.py`, and without the metrics of this worker."""
    # A purge may take longer than a request.
    variables = {"REQUEST_TIMEOUT": "0", **os.environ}
    variables.pop("PROMETHEUS_MULTIPROC_DIR", None)
    return variables


def show(work: DailyWork) -> None:
    """Export the state of the daily work as metrics."""
    metrics.daily_work_failures.set(work.failures)
    for job in Job:
        if job == Job.PURGE or makes_backups() or work.done_at(job):
            done_at = work.done_at(job) or work.created_at
            metrics.daily_work_done.labels(job).set(done_at.timestamp())
            metrics.daily_work_seconds.labels(job).set(work.seconds_of(job) or 0)
