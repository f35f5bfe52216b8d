from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["view_import", "view_export"]


def extend_group(apps, schema_editor):
    """Staff who help users may see how far imports and exports are. A group from which that right was taken gets none."""
    database = schema_editor.connection.alias
    groups = apps.get_model("auth", "Group").objects.using(database)
    group = groups.filter(name="Support", permissions__codename="change_user").first()
    if group is None:
        return
    # Django makes permissions after the last migration; these are newer than the group.
    create_permissions(installed.get_app_config("notes"), verbosity=0, using=database, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    group.permissions.add(*permissions.filter(content_type__app_label="notes", codename__in=RIGHTS))


def restrict_group(apps, schema_editor):
    database = schema_editor.connection.alias
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for group in apps.get_model("auth", "Group").objects.using(database).filter(name="Support"):
        group.permissions.remove(*permissions.filter(content_type__app_label="notes", codename__in=RIGHTS))


class Migration(migrations.Migration):
    dependencies = [("notes", "0024_support_ends_grants")]

    operations = [migrations.RunPython(extend_group, restrict_group)]
