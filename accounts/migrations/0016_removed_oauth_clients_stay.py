from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_sessions_of_permission_pages")]

    operations = [migrations.AddField("OAuthClient", "removed_at", models.DateTimeField(null=True))]
