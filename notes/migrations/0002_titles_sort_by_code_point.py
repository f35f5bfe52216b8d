from django.db import migrations


def collate(rule):
    """SQLite compares code points anyway; `db_collation="C"` would not exist there."""

    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f'ALTER TABLE notes_note ALTER COLUMN title TYPE varchar(255) COLLATE "{rule}"')

    return apply


class Migration(migrations.Migration):
    dependencies = [("notes", "0001_initial")]

    operations = [migrations.RunPython(collate("C"), collate("default"))]
