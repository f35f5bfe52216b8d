"""What gunicorn's master does differently here.

- HUP starts new workers first. The old ones accept connections until the new ones have reported that they do, and then
  finish their requests. gunicorn itself would stop the old ones at once, however long a start takes.
- HUP changes nothing if new workers cannot start. gunicorn itself would end the server.
- Workers end with their master. Otherwise they would go on serving, and keep the port.

Like `worker.py`, this module imports neither the settings nor the application.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from typing import IO, Any

from notes_api.server.worker import RETIRE_SIGNAL


class Master:
    def __init__(self, arbiter: Any) -> None:  # Any: gunicorn has no types
        self.arbiter = arbiter
        # Nobody writes to this pipe. Its writing end is open in the master only, and closed when the master ends.
        self.reading_end, self.writing_end = os.pipe()
        self.metrics_directory: str | None = None
        # The process that tries whether new workers could start, and what it writes.
        self.trial: subprocess.Popen[bytes] | None = None
        self.trial_output: IO[bytes] | None = None
        arbiter.handle_hup = self.begin_trial
        arbiter.reap_workers = self.reap_children
        arbiter.manage_workers = self.manage_workers

    def provide_metrics_directory(self) -> None:
        """Let the workers share their metrics in a directory in memory. prometheus-client reads the variable."""
        if self.metrics_directory is None:
            memory = self.arbiter.cfg.worker_tmp_dir
            self.metrics_directory = tempfile.mkdtemp(prefix="notes_api-metrics-", dir=memory)
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = self.metrics_directory

    def remove_metrics_directory(self) -> None:
        if self.metrics_directory is not None:
            shutil.rmtree(self.metrics_directory, ignore_errors=True)

    def begin_trial(self) -> None:
        """Start to import the application in another process, so that the master goes on watching the workers."""
        if self.trial is not None:
            # What it has imported may have changed since.
            self.trial.kill()
            self.trial.wait()
        self.trial_output = tempfile.TemporaryFile()  # noqa: SIM115  # open until the process has ended
        self.trial = subprocess.Popen(
            [sys.executable, "-c", "import notes_api.asgi"], stdout=self.trial_output, stderr=self.trial_output
        )

    def reap_children(self) -> None:
        """Take note of the processes that have ended: the trial first, because gunicorn would reap it too."""
        if self.trial is not None and self.trial.poll() is not None:
            self.end_trial(self.trial.returncode)
        type(self.arbiter).reap_workers(self.arbiter)

    def end_trial(self, exit_code: int) -> None:
        """Reload if new workers can start."""
        assert self.trial_output is not None  # noqa: S101  # the trial has begun
        self.trial_output.seek(0)
        lines = self.trial_output.read().decode(errors="replace").strip()
        self.trial_output.close()
        self.trial = self.trial_output = None
        if reason := lines.rpartition("\n")[2] if exit_code else self.find_unusable_address():
            self.arbiter.log.error("Not reloaded, the old workers keep running: %s", reason)
        else:
            self.reload()

    def find_unusable_address(self) -> str:
        """Return why the server cannot listen on a changed HOST or PORT; empty if it can.

        gunicorn would close the present sockets first, and exit.
        """
        self.arbiter.app.do_load_config()
        for address in set(self.arbiter.app.cfg.address) - set(self.arbiter.cfg.address):
            # The others are paths of Unix sockets and descriptors.
            if isinstance(address, tuple):
                try:
                    require_free(*address)
                except OSError as error:
                    return f"cannot listen on {address[0]} port {address[1]}: {error.strerror}"
        return ""

    def reload(self) -> None:
        """Read the configuration and start new workers.

        gunicorn would then stop the old workers and wait for their end, so it must not know them meanwhile.
        """
        old, self.arbiter.WORKERS = self.arbiter.WORKERS, {}
        try:
            self.arbiter.reload()
        finally:
            self.arbiter.WORKERS.update(old)

    def manage_workers(self) -> None:
        """Start missing workers, and retire surplus ones when the newer ones are ready. gunicorn calls this often."""
        arbiter = self.arbiter
        workers = sorted(arbiter.WORKERS.values(), key=lambda worker: worker.age)
        workers = [worker for worker in workers if not worker.is_retired]
        for _ in range(arbiter.num_workers - len(workers)):
            arbiter.spawn_worker()
        surplus = max(0, len(workers) - arbiter.num_workers)
        if all(worker.is_ready for worker in workers[surplus:]):
            for worker in workers[:surplus]:
                worker.is_retired = True
                arbiter.kill_worker(worker.pid, RETIRE_SIGNAL)

    def enter_worker(self, worker: Any) -> None:  # Any: as above
        """Let this new process, a copy of the master, end with the master."""
        os.close(self.writing_end)
        worker.end_with_master(self.reading_end, self.remove_metrics_directory)


def require_free(host: str, port: int) -> None:
    """Raise `OSError` if no server can listen on this address."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        # As gunicorn does: connections that ended a moment ago do not matter.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
