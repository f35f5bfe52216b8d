from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

RIGHTS = ["view_user", "add_user", "change_user", "delete_user", "view_note"]


def make_group(apps, schema_editor):
    """A group of that name that is there already keeps the rights it has."""
    database = schema_editor.connection.alias
    group, is_new = apps.get_model("auth", "Group").objects.using(database).get_or_create(name="Support")
    if not is_new:
        return
    # Django makes permissions after the last migration; on a fresh database there are none yet.
    for label in ("accounts", "notes"):
        create_permissions(installed.get_app_config(label), verbosity=0, using=database, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    group.permissions.set(
        permissions.filter(content_type__app_label__in=["accounts", "notes"], codename__in=RIGHTS)
    )


def remove_group(apps, schema_editor):
    apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias).filter(name="Support").delete()


class Migration(migrations.Migration):
    dependencies = [
        ("notes", "0002_titles_sort_by_code_point"),
        ("accounts", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, remove_group)]
