from django.db import migrations, models

NAMES = ["title_bloom", "content_bloom_0", "content_bloom_1", "content_bloom_2", "content_bloom_3"]


class Migration(migrations.Migration):
    dependencies = [("notes", "0010_stored_responses_are_limited_in_bytes")]

    # Without a default, so that neither database rewrites the table.
    operations = [
        migrations.AddField("note", name, models.BigIntegerField(editable=False, null=True)) for name in NAMES
    ]
