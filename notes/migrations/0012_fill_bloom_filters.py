from django.db import migrations, transaction

from notes.search.bloom import COLUMNS, bloom_of

BATCH_SIZE = 500


def fill(apps, schema_editor):
    """Fill the filters in short transactions, while the server may run: a note that changes meanwhile is skipped."""
    connection = schema_editor.connection
    names = [name for field in COLUMNS.values() for name in field]
    update = f"UPDATE notes_note SET {', '.join(f'{name} = %s' for name in names)} WHERE id = %s AND version = %s"
    notes = apps.get_model("notes", "Note").objects.filter(purged_at=None, title_bloom=None).order_by("pk")
    columns = ("pk", "version", "title_words", "content_words")
    rows = list(notes.values_list(*columns)[:BATCH_SIZE])
    while rows:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            cursor.executemany(update, [values(notes.model, connection, *row) for row in rows])
        rows = list(notes.filter(pk__gt=rows[-1][0]).values_list(*columns)[:BATCH_SIZE])


def values(model, connection, pk, version, title, content):
    filters = bloom_of("title", title) | bloom_of("content", content)
    return [*filters.values(), model._meta.pk.get_db_prep_value(pk, connection), version]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notes", "0011_bloom_filters")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
