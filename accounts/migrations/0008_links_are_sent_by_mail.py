import django.db.models.deletion
import django.utils.timezone
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

import accounts.models.mail_link


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_addresses_can_be_verified")]

    operations = [
        migrations.CreateModel(
            name="MailLink",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("purpose", models.CharField(choices=[("reset", "set a new password")], max_length=16)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("address", models.EmailField(max_length=254)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("expires_at", models.DateTimeField(db_index=True, default=accounts.models.mail_link.end_of_link)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="mail_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
