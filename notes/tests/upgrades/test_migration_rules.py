"""The version of the last release can serve while the migrations since then run, and after them."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RunPython,
)
from django.db.models import (
    CASCADE,
    BigAutoField,
    CharField,
    CheckConstraint,
    ForeignKey,
    Index,
    IntegerField,
    Q,
    UUIDField,
)

from notes.tests.backups import connected_to
from notes.tests.upgrades.migration_rules import Watch
from notes.tests.upgrades.states import NEWEST, database_of
from notes_api.db.index_operations import AddIndexConcurrently, RemoveIndexConcurrently
from notes_api.db.migration_executor import PatientExecutor

# What later migrations may remove, because the code of the last release does not use it any more:
# {"notes.0020_no_colour": {"notes_note.colour: is missing"}}.
ALLOWED: dict[str, set[str]] = {}


@pytest.fixture(autouse=True)
def _released(transactional_db):
    """The commands of this process use a database of the last release."""
    with database_of(NEWEST) as database, connected_to(database):
        connection.ensure_connection()
        yield


def test_the_version_of_the_last_release_can_serve_during_and_after_the_migrations_since_then():
    with connection.execute_wrapper(watch := Watch()):
        call_command("migrate", verbosity=0)

    assert watch.faults == ALLOWED


def change_all(apps, schema_editor):
    schema_editor.execute("UPDATE notes_note SET is_pinned = is_archived")


def change_some(apps, schema_editor):
    with transaction.atomic():
        schema_editor.execute("UPDATE notes_note SET is_pinned = is_archived WHERE id IN (SELECT id FROM notes_note)")


PINNED = Index(fields=["owner", "is_pinned"], name="pinned_notes")
CONSTRAINT = CheckConstraint(condition=Q(version__gte=1), name="note_has_a_version")
REWRITE = "notes_note: writes all rows again, let new columns be NULL"
IN_ONE = "notes_note: changes rows in one transaction, do it in batches with atomic = False"
# Each operation, and what is wrong with it on PostgreSQL and on SQLite.
BAD = {
    "index": (AddIndex("note", PINNED), "notes_note: builds an index, use AddIndexConcurrently", None),
    "constraint": (AddConstraint("note", CONSTRAINT), "notes_note: adds a constraint to all rows", REWRITE),
    "no_default": (
        AddField("note", "colour", IntegerField(default=0)),
        *["notes_note.colour: is new and has no default in the database"] * 2,
    ),
    "type": (
        AlterField("note", "title", CharField(max_length=300)),
        *["notes_note.title: has another type"] * 2,
    ),
    "not_null": (
        AlterField("note", "written_by", UUIDField(db_default="0" * 32)),
        *["notes_note.written_by: does not accept NULL any more"] * 2,
    ),
    "scan": (
        AlterField("revision", "written_by", UUIDField(default="0" * 32)),
        "notes_revision: reads all rows",
        REWRITE.replace("note:", "revision:"),
    ),
    "all_rows": (RunPython(change_all), IN_ONE, IN_ONE),
    "rename": (RenameField("note", "is_archived", "is_stored"), *["notes_note.is_archived: is missing"] * 2),
    "no_column": (RemoveField("note", "revised_at"), *["notes_note.revised_at: is missing"] * 2),
    "no_table": (DeleteModel("StreamSlot"), *["notes_streamslot: is missing"] * 2),
}
GOOD = {
    "nullable": (True, AddField("note", "colour", IntegerField(null=True))),
    "default": (True, AddField("streamslot", "shape", IntegerField(default=0, db_default=0))),
    "table": (
        True,
        CreateModel(
            "Reminder",
            [("id", BigAutoField(primary_key=True)), ("note", ForeignKey("notes.note", CASCADE))],
        ),
    ),
    "user": (True, CreateModel("Label", [("user", ForeignKey(settings.AUTH_USER_MODEL, CASCADE))])),
    "index": (False, AddIndexConcurrently("note", PINNED)),
    "batches": (False, RunPython(change_some)),
    "no_index": (False, RemoveIndexConcurrently("note", "pinned_notes")),
}


def watched(operations):
    """Migrate to the newest version, and apply these operations as migrations. Return the faults of each."""
    call_command("migrate", verbosity=0)
    executor = PatientExecutor(connection)
    state = executor.loader.project_state()
    with connection.execute_wrapper(watch := Watch()):
        for name, (is_atomic, operation) in operations.items():
            migration = Migration(name, "notes")
            migration.atomic, migration.operations = is_atomic, [operation]
            state = executor.apply_migration(state, migration)
    return {name.removeprefix("notes."): faults for name, faults in watch.faults.items()}


def test_what_the_last_release_could_not_stand_is_found():
    column = 1 if connection.vendor == "postgresql" else 2
    expected = {name: case[column] for name, case in BAD.items() if case[column]}

    faults = watched({name: (True, case[0]) for name, case in BAD.items()})

    assert {name: fault for name, fault in expected.items() if fault not in faults.get(name, ())} == {}


def test_additions_concurrent_indexes_and_changes_in_batches_are_allowed():
    assert watched(GOOD) == {}


def columns_of(index):
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "notes_note")
    return constraints.get(index, {}).get("columns")


def test_an_index_that_a_killed_migration_has_left_is_built_again():
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX pinned_notes ON notes_note (version)")

    watched({"index": (False, AddIndexConcurrently("note", PINNED))})

    assert columns_of("pinned_notes") == ["owner_id", "is_pinned"]


def test_a_concurrent_index_can_be_unapplied():
    executor = PatientExecutor(connection)
    before = executor.loader.project_state()
    add, remove = AddIndexConcurrently("note", PINNED), RemoveIndexConcurrently("note", "pinned_notes")
    (after := before.clone()).models["notes", "note"].options["indexes"].append(PINNED)

    with connection.schema_editor(atomic=False) as editor:
        add.database_forwards("notes", editor, before, after)
        remove.database_forwards("notes", editor, after, before)
        assert columns_of("pinned_notes") is None
        remove.database_backwards("notes", editor, before, after)
        assert columns_of("pinned_notes") == ["owner_id", "is_pinned"]
        add.database_backwards("notes", editor, after, before)
        assert columns_of("pinned_notes") is None
