from django.db import migrations, models
from django.db.models import Exists, F, OuterRef


def move_keys_to_accounts(apps, schema_editor):
    """Bind the keys of sessions and of tokens that may read to their account, the newest if several have the same."""
    answers, tokens = (apps.get_model(*name) for name in (("notes", "StoredAnswer"), ("accounts", "ApiToken")))
    scopes = tokens.objects.filter(pk__in=answers.objects.values("holder_id")).values_list("pk", "scopes")
    without_reading = [pk for pk, names in scopes if not {"notes:read", "notes:write"} & set(names)]
    moving = answers.objects.exclude(holder_id__in=without_reading)
    same_key = moving.filter(user=OuterRef("user"), key=OuterRef("key"))
    moving.filter(Exists(same_key.filter(pk__gt=OuterRef("pk")))).delete()
    moving.update(holder_id=F("user_id"))


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0014_stream_slots"),
        ("accounts", "0011_sessions_remember_their_second_factor"),
    ]

    operations = [
        # The column keeps its name, so only the models change.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("storedanswer", "one_answer_a_key"),
                migrations.RenameField("storedanswer", "credential_id", "holder_id"),
                migrations.AlterField("storedanswer", "holder_id", models.UUIDField(db_column="credential_id")),
                migrations.AddConstraint(
                    "storedanswer", models.UniqueConstraint(fields=["holder_id", "key"], name="one_answer_a_key")
                ),
            ]
        ),
        migrations.RunPython(move_keys_to_accounts, migrations.RunPython.noop, elidable=True),
    ]
