"""Databases of earlier versions, which `make_state` has dumped."""

import json
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

from django.conf import settings

from notes_api.tests.live_server import new_database

ENGINE = "postgresql" if settings.DATABASE_HOSTNAME else "sqlite"
STATES = {
    path.name.removesuffix(f".{ENGINE}.sql"): path.read_text()
    for path in sorted(Path(__file__, "../states").resolve().glob(f"*.{ENGINE}.sql"))
}
OLDEST, NEWEST = min(STATES), max(STATES)


def responses_of(state):
    """Return what the API of that version returned, by path."""
    return json.loads(STATES[state].partition("\n")[0].removeprefix("-- "))


@contextmanager
def database_of(state):
    """A database in the state in which that version left it."""
    with new_database() as database:
        if ENGINE == "sqlite":
            with closing(sqlite3.connect(database.path)) as connection:
                connection.executescript(STATES[state])
                connection.execute("PRAGMA journal_mode = WAL")
        else:
            database.query(STATES[state])
        yield database
