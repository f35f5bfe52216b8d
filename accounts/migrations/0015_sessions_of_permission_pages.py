from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_access_tokens_of_grants_may_be_limited")]

    operations = [migrations.AddField("Session", "is_page", models.BooleanField(default=False, db_default=False))]
