from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0018_support_sees_the_outbox")]

    operations = [
        migrations.AddField("note", "changed_by", models.TextField(editable=False, null=True)),
        migrations.AddField("revision", "changed_by", models.TextField(null=True)),
    ]
