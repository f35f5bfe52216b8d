from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["view_entry", "change_entry"]


def extend_group(apps, schema_editor):
    """Staff who help users may see why a mail was not sent, and retry it. A group without that right gets none."""
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    group = groups.filter(name="Support", permissions__codename="change_user").first()
    if group is None:
        return
    # Django makes permissions after the last migration; these are newer than the group.
    create_permissions(installed.get_app_config("outbox"), verbosity=0, using=database, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    group.permissions.add(*permissions.filter(content_type__app_label="outbox", codename__in=RIGHTS))


def restrict_group(apps, schema_editor):
    database = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for group in apps.get_model("auth", "Group").objects.using(database).filter(name="Support"):
        group.permissions.remove(*permissions.filter(content_type__app_label="outbox", codename__in=RIGHTS))


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0017_daily_work"),
        ("outbox", "0002_entries_know_their_request"),
    ]

    operations = [migrations.RunPython(extend_group, restrict_group)]
