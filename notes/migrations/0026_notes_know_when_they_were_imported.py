from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0025_support_sees_transfers")]

    operations = [
        migrations.AddField(
            "Note", "imported_at", models.DateTimeField(editable=False, null=True, verbose_name="imported")
        )
    ]
