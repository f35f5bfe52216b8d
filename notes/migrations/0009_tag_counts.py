import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

TAGS = {"postgresql": "jsonb_array_elements_text(tags) AS tag(value)", "sqlite": "json_each(tags) AS tag"}


def collate(apps, schema_editor):
    """SQLite compares code points anyway; `db_collation="C"` would not exist there."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE notes_tagcount ALTER COLUMN name TYPE varchar(64) COLLATE "C"')


def count(apps, schema_editor):
    tags = TAGS[schema_editor.connection.vendor]
    schema_editor.execute(
        "INSERT INTO notes_tagcount (owner_id, name, notes)"
        f" SELECT owner_id, tag.value, count(*) FROM notes_note, {tags} WHERE trashed_at IS NULL GROUP BY 1, 2"
    )


class Migration(migrations.Migration):
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("notes", "0008_fill_tag_marks")]

    operations = [
        migrations.CreateModel(
            name="TagCount",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("notes", models.BigIntegerField()),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=["owner", "name"], name="one_count_a_tag")],
            },
        ),
        migrations.RunPython(collate, migrations.RunPython.noop),
        migrations.RunPython(count, migrations.RunPython.noop),
    ]
