from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_api_tokens_may_be_limited_to_tags")]

    operations = [
        migrations.AddField("Grant", "access_scopes", models.JSONField(null=True)),
        migrations.AddField("Grant", "access_resource", models.CharField(max_length=100, null=True)),
    ]
