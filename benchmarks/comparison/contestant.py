"""A contestant and how to start it: with gunicorn and two workers, as in production."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison.apis import Api
from benchmarks.comparison.dataset import Dataset

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
SECRET_KEY = "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t"


@dataclass(frozen=True)
class Contestant:
    """A service to measure. `module` is None for this project; `is_embedded` means on SQLite."""

    key: str
    name: str
    module: str = ""
    is_embedded: bool = False
    api: Api = Api()  # noqa: RUF009  # it is frozen

    @property
    def is_ours(self) -> bool:
        return not self.module

    @property
    def is_installed(self) -> bool:
        return True

    def command(self, port: int, database: dict[str, str]) -> list[str]:
        gunicorn = [sys.executable, "-m", "gunicorn"]
        if self.is_ours:
            return [*gunicorn, "-c", str(ROOT / "gunicorn.conf.py"), "notes_api.asgi:application"]
        # This project distributes its connections among its workers; --reuse-port does it for the peers.
        options = ["--workers", str(WORKERS), "--worker-class", "uvicorn_worker.UvicornWorker", "--reuse-port",
                   "--bind", f"127.0.0.1:{port}", "--no-control-socket"]  # fmt: skip
        return [*gunicorn, *options, f"{self.module}:app"]

    def fill_command(self, dataset: Dataset) -> list[str]:
        """The command that fills the database and prints a token for each account."""
        if self.is_ours:
            return [sys.executable, "-m", "benchmarks.comparison.fill_ours", dataset.as_json()]
        return [sys.executable, "-m", "benchmarks.comparison.fill_peer", self.module, dataset.as_json()]

    def environment(self, database: dict[str, str], port: int = 8000) -> dict[str, str]:
        """Environment variables: long-lived tokens, no throttles, no request log, nothing of the developer's."""
        common = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": SECRET_KEY,
            "ACCESS_TOKEN_EXPIRE_MINUTES": "600",
        }
        if not self.is_ours:
            return common | database
        return common | database | {
            "DJANGO_SETTINGS_MODULE": "notes_api.settings",
            "ENV_FILE": os.devnull,
            "PORT": str(port),
            "WEB_CONCURRENCY": str(WORKERS),
            "THROTTLE_LOGIN": "",
            "THROTTLE_REGISTER": "",
            "LOG_LEVEL": "WARNING",
        }  # fmt: skip
