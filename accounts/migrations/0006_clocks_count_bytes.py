from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_a_second_factor")]

    operations = [migrations.AddField("Clock", "bytes_kept", models.BigIntegerField(default=None, null=True))]
