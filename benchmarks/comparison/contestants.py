"""Who takes part, and how each is started: with gunicorn and two workers, as in production."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison.dataset import Dataset

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
SECRET_KEY = "k9Xv-4mQzT7_wLp2RfYc8NbHs3Jd6GaEu1oViB0t"


@dataclass(frozen=True)
class Contestant:
    """`module` is a peer's; this project has none. `is_embedded`: on SQLite."""

    key: str
    name: str
    module: str = ""
    is_embedded: bool = False

    @property
    def is_ours(self) -> bool:
        return not self.module

    def command(self, port: int) -> list[str]:
        gunicorn = [sys.executable, "-m", "gunicorn"]
        if self.is_ours:
            return [*gunicorn, "-c", str(ROOT / "gunicorn.conf.py"), "notes_api.asgi:application"]
        # This project deals its connections out to its workers; --reuse-port does it for the others.
        options = ["--workers", str(WORKERS), "--worker-class", "uvicorn_worker.UvicornWorker", "--reuse-port",
                   "--bind", f"127.0.0.1:{port}", "--no-control-socket"]  # fmt: skip
        return [*gunicorn, *options, f"{self.module}:app"]

    def fill_command(self, dataset: Dataset) -> list[str]:
        """Fills the database and prints a token for each account."""
        size = json.dumps([dataset.users, dataset.notes_each, *dataset.large])
        if self.is_ours:
            return [sys.executable, "-m", "benchmarks.comparison.fill_ours", size]
        return [sys.executable, "-m", "benchmarks.comparison.fill_peer", self.module, size]

    def environment(self, database: dict[str, str], port: int = 8000) -> dict[str, str]:
        """Nothing of the developer's own. Tokens outlast the run; no throttle, no line in a log for each request."""
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


OURS = Contestant("ours", "Cloud Notes API")
SQLITE = Contestant("sqlite", "Cloud Notes API, SQLite", is_embedded=True)
GROWN = Contestant("grown", "Cloud Notes API, 2,000,000 notes")
A = Contestant("A", "FastAPI + SQLAlchemy", "benchmarks.peers.fastapi_sqlalchemy")
B = Contestant("B", "FastAPI + asyncpg", "benchmarks.peers.fastapi_asyncpg")
C = Contestant("C", "bare ASGI", "benchmarks.peers.bare_asgi")
D = Contestant("D", "stock DRF", "benchmarks.peers.stock_drf")
ALL = (OURS, SQLITE, GROWN, A, B, C, D)
BY_KEY = {contestant.key: contestant for contestant in ALL}
