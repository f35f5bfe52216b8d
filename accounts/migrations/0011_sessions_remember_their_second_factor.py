from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_domains_are_a_labels")]

    operations = [migrations.AddField("Session", "factor_confirmed_at", models.DateTimeField(null=True))]
