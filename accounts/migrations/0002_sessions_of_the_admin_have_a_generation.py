from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            "User", "session_generation", models.PositiveIntegerField(db_default=0, default=0, editable=False)
        )
    ]
