"""The migrations of the database, compared with those of this version."""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader


@dataclass(frozen=True)
class MigrationState:
    # Migrations of this version that are not applied.
    pending: list[str]
    # Applied migrations that this version does not have.
    unknown: list[str]

    @property
    def newer_version_notice(self) -> str:
        """Say that a newer version has migrated the database; empty if none has."""
        if not self.unknown:
            return ""
        count = len(self.unknown)
        return (
            f"A newer version has migrated the database: {count} of its migrations, such as {self.unknown[-1]}, are not"
            " known to this one. The version before that one may go on serving. Finish the upgrade, or see “Going back”"
            " in docs/upgrading.md."
        )


def read_migration_state(connection: BaseDatabaseWrapper) -> MigrationState:
    loader = MigrationLoader(connection)
    applied, known = loader.applied_migrations or {}, loader.disk_migrations or {}
    pending = [f"{app}.{name}" for app, name in loader.graph.nodes if (app, name) not in applied]
    unknown = [f"{app}.{name}" for app, name in applied if (app, name) not in known]
    return MigrationState(sorted(pending), sorted(unknown))
