from django.db import migrations

from notes.search.tag_marks import tag_marks

BATCH_SIZE = 1000


def fill(apps, schema_editor):
    notes = apps.get_model("notes", "Note").objects.filter(purged_at=None, tag_marks=None).order_by("pk")
    rows = list(notes.values_list("pk", "tags")[:BATCH_SIZE])
    while rows:
        with schema_editor.connection.cursor() as cursor:
            prepare = notes.model._meta.pk.get_db_prep_value
            cursor.executemany(
                "UPDATE notes_note SET tag_marks = %s WHERE id = %s",
                [(tag_marks(tags), prepare(pk, schema_editor.connection)) for pk, tags in rows],
            )
        rows = list(notes.filter(pk__gt=rows[-1][0]).values_list("pk", "tags")[:BATCH_SIZE])


class Migration(migrations.Migration):
    dependencies = [("notes", "0007_tag_marks")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
