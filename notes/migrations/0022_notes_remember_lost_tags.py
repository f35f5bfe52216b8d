from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notes", "0021_imports")]

    operations = [migrations.AddField("Note", "lost_tags", models.JSONField(editable=False, null=True))]
