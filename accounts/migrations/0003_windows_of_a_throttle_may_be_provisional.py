from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_sessions_of_the_admin_have_a_generation")]

    operations = [
        migrations.AddField("ThrottleCounter", "is_provisional", models.BooleanField(db_default=False, default=False))
    ]
