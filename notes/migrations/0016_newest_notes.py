"""The admin lists notes newest first and counts those of each day. Ids say nothing about that: clients choose them."""

from django.db import migrations, models

# SQLite reads the rows for a column that is only in the condition.
COLUMNS = "(created_at, purged_at) WHERE purged_at IS NULL"
INDEX = models.Index(fields=["created_at", "purged_at"], condition=models.Q(purged_at=None), name="newest_note")


def create(apps, schema_editor):
    """Build the index, on PostgreSQL without a lock that writes would wait for."""
    concurrently = "CONCURRENTLY" if schema_editor.connection.vendor == "postgresql" else ""
    # An interrupted migration leaves an index that is not valid.
    schema_editor.execute(f"DROP INDEX {concurrently} IF EXISTS newest_note")
    schema_editor.execute(f"CREATE INDEX {concurrently} newest_note ON notes_note {COLUMNS}")


def drop(apps, schema_editor):
    schema_editor.execute("DROP INDEX IF EXISTS newest_note")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0015_keys_belong_to_accounts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(create, drop)], [migrations.AddIndex("note", INDEX)]
        )
    ]
