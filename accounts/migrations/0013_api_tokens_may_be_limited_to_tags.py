from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_oauth")]

    operations = [migrations.AddField("ApiToken", "tag_limit", models.JSONField(null=True))]
