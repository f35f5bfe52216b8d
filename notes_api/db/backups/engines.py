"""The engine of the database that the settings name."""

from django.db.backends.base.base import BaseDatabaseWrapper

from notes_api.db.backups.engine import Engine
from notes_api.db.backups.postgresql import PostgresqlEngine
from notes_api.db.backups.sqlite import SqliteEngine


def engine_of(connection: BaseDatabaseWrapper) -> Engine:
    return PostgresqlEngine(connection) if connection.vendor == "postgresql" else SqliteEngine(connection)
