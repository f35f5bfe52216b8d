from django.db import migrations, models

BEFORE, AFTER = ["owner", "updated_at", "id"], ["owner", "updated_at", "id", "title_bloom"]


def index(fields):
    return models.Index(fields=fields, condition=models.Q(trashed_at=None), name="note_by_update")


def replace(fields):
    """Build the index under another name, and on PostgreSQL without a lock that writes would wait for."""
    columns = ", ".join(["owner_id", *fields[1:]])

    def apply(apps, schema_editor):
        concurrently = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
        definition = f"ON notes_note ({columns}) WHERE trashed_at IS NULL"
        schema_editor.execute(f"DROP INDEX {concurrently} IF EXISTS note_by_update_next")
        schema_editor.execute(f"CREATE INDEX {concurrently} note_by_update_next {definition}")
        schema_editor.execute(f"DROP INDEX {concurrently} IF EXISTS note_by_update")
        if concurrently:
            schema_editor.execute("ALTER INDEX note_by_update_next RENAME TO note_by_update")
        else:
            schema_editor.execute(f"CREATE INDEX note_by_update {definition}")
            schema_editor.execute("DROP INDEX note_by_update_next")

    return apply


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0012_fill_bloom_filters")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(replace(AFTER), replace(BEFORE))],
            [migrations.RemoveIndex("note", "note_by_update"), migrations.AddIndex("note", index(AFTER))],
        )
    ]
