"""How the server is run: `gunicorn` in this directory reads this file by itself."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def read_settings() -> ModuleType:
    """The settings, without a trace in this process: a worker started after HUP reads changed code and `.env` anew."""
    name = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
    variables, modules = dict(os.environ), set(sys.modules)
    try:
        return importlib.import_module(name)
    except ImproperlyConfigured as error:
        # Not an exception: gunicorn would print its traceback.
        sys.exit(f"Cannot start: {error}")
    finally:
        os.environ.clear()
        os.environ.update(variables)
        for module in [module for module in set(sys.modules) - modules if module.startswith("notes_api.")]:
            del sys.modules[module]


def on_starting(arbiter: Any) -> None:  # gunicorn has no types
    """Before HUP replaces the workers, a trial shows whether new ones could start: one that cannot ends them all."""
    reload = arbiter.handle_hup

    def reload_if_it_starts() -> None:
        trial = subprocess.run([sys.executable, "-c", "import notes_api.asgi"], capture_output=True, check=False)
        if trial.returncode == 0:
            reload()
        else:
            reason = trial.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            arbiter.log.error("Not reloaded, the old workers stay: %s", reason)

    arbiter.handle_hup = reload_if_it_starts


settings = read_settings()
HOST = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST

wsgi_app = "notes_api.asgi:application"
worker_class = "notes_api.worker.DrainingWorker"
bind = f"{HOST}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY

# A request in hand may take its full time before its worker has to end; and gunicorn, who hears nothing from a
# worker that ends, must not take it for hung meanwhile.
graceful_timeout = max([30, settings.REQUEST_TIMEOUT, *settings.REQUEST_TIMEOUTS.values()]) + 8
timeout = 2 * graceful_timeout + 10
keepalive = 15
# Recycling workers is no cure: it cuts streams and has ended in SIGABRT elsewhere.
max_requests = 0
preload_app = False
# The embedded database, its log and spooled bodies are nobody else's to read.
umask = 0o077

# Heartbeats go to memory, never to a disk that may stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn makes its file safely)
control_socket_disable = True
loglevel = "warning"
