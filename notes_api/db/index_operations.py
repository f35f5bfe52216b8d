"""Operations of migrations that add and remove indexes while others write. They need `atomic = False`.

Django's own (`django.contrib.postgres.operations`) work on PostgreSQL only, and not again after they were killed.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddIndex, RemoveIndex
from django.db.migrations.state import ProjectState


class AddIndexConcurrently(AddIndex):
    atomic = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        # A killed process leaves an index that is not valid, or one that is not recorded.
        drop_index(schema_editor, self.index.name)
        add_index(schema_editor, to_state.apps.get_model(app_label, self.model_name), self.index)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        drop_index(schema_editor, self.index.name)


class RemoveIndexConcurrently(RemoveIndex):
    atomic = False

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        drop_index(schema_editor, self.name)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        drop_index(schema_editor, self.name)
        state = to_state.models[app_label, self.model_name.lower()]
        model = to_state.apps.get_model(app_label, self.model_name)
        add_index(schema_editor, model, state.get_index_by_name(self.name))


def add_index(schema_editor: BaseDatabaseSchemaEditor, model: Any, index: Any) -> None:  # Any: models of a migration
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    options = {"concurrently": True} if is_postgresql else {}
    schema_editor.add_index(model, index, **options)


def drop_index(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    concurrently = "CONCURRENTLY " if is_postgresql else ""
    schema_editor.execute(f"DROP INDEX {concurrently}IF EXISTS {schema_editor.quote_name(name)}")
