"""Revisions store the whole state of a note, so that what a program has changed can be undone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0022_notes_remember_lost_tags")]

    operations = [
        migrations.AddField("note", "changed_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField("revision", "changed_at", models.DateTimeField(null=True)),
        migrations.AddField("revision", "is_pinned", models.BooleanField(null=True)),
        migrations.AddField("revision", "is_archived", models.BooleanField(null=True)),
        migrations.AddField("revision", "trashed_at", models.DateTimeField(null=True)),
    ]
