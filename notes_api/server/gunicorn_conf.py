"""The configuration of gunicorn, which reads `gunicorn.conf.py`, a link to this file, if started in that directory."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def read_settings() -> tuple[ModuleType, dict[str, object]]:
    """Return the settings and the configuration of the log, and leave no trace of this project in this process.

    A worker that is started after HUP must read changed code and a changed `.env`.
    """
    forget_modules()
    name = os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notes_api.settings")
    variables = dict(os.environ)
    try:
        settings = importlib.import_module(name)
        log_format = importlib.import_module("notes_api.monitoring.log_format")
        return settings, log_format.gunicorn_log_config(settings.LOG_FORMAT)
    except ImproperlyConfigured as error:
        # For an exception gunicorn would print a traceback.
        sys.exit(f"Cannot start: {error}")
    finally:
        os.environ.clear()
        os.environ.update(variables)
        forget_modules()


def forget_modules() -> None:
    for module in [module for module in sys.modules if module.startswith("notes_api.")]:
        del sys.modules[module]


def on_starting(arbiter: Any) -> None:  # Any: gunicorn has no types
    from notes_api.server.master import Master  # noqa: PLC0415  # read again with every reload, see above

    arbiter.master = Master(arbiter)


def pre_fork(arbiter: Any, worker: Any) -> None:  # Any: as above
    if settings.METRICS_TOKEN:
        arbiter.master.provide_metrics_directory()


def post_fork(arbiter: Any, worker: Any) -> None:  # Any: as above
    arbiter.master.enter_worker(worker)


def on_exit(arbiter: Any) -> None:  # Any: as above
    arbiter.master.remove_metrics_directory()


settings, logconfig_dict = read_settings()
HOST = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST

wsgi_app = "notes_api.asgi:application"
worker_class = "notes_api.server.worker.DrainingWorker"
bind = f"{HOST}:{settings.PORT}"
workers = settings.WEB_CONCURRENCY

# A worker that shuts down must have time to finish its requests.
graceful_timeout = max([30, settings.REQUEST_TIMEOUT, *settings.REQUEST_TIMEOUTS.values()]) + 8
# Seconds without a heartbeat after which a worker is replaced. It sends one each second, also while requests run for
# longer and while it shuts down, and none if its event loop hangs.
timeout = 12
keepalive = 15
# Do not recycle workers: it ends event streams, and has led to SIGABRT in other projects.
max_requests = 0
preload_app = False
# Other users of the machine must not read the embedded database, its log and temporary request bodies.
umask = 0o077

# Heartbeats go to memory, because a disk may stall.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (gunicorn creates its file safely)
control_socket_disable = True
loglevel = "warning"
