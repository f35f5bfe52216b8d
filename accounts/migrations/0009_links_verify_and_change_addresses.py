from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_links_are_sent_by_mail")]

    operations = [
        migrations.AlterField(
            model_name="maillink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("reset", "set a new password"),
                    ("verify", "verify the address"),
                    ("change", "have this address from now on"),
                ],
                max_length=16,
            ),
        ),
    ]
