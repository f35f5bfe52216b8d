from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_clocks_count_bytes")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="email_verified_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="address verified"),
        ),
    ]
