from django.db import migrations, models


def store(method):
    """On PostgreSQL a signature stays in its row as long as it fits: every search reads it."""

    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE notes_note ALTER COLUMN content_signature SET STORAGE {method}")

    return apply


class Migration(migrations.Migration):
    dependencies = [("notes", "0005_support_looks_after_api_tokens")]

    operations = [
        migrations.AddField("note", "content_signature", models.TextField(editable=False, null=True)),
        migrations.RunPython(store("main"), store("extended")),
    ]
