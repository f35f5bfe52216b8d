import idna
from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def convert_domains(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Store internationalized domains as A-labels.

    An account keeps its address if another one has that form, or if the column is too short for it. It can log in
    with either form.
    """
    users = apps.get_model("accounts", "User").objects
    max_length = users.model._meta.get_field("email").max_length
    for pk, email in list(users.filter(email__regex=r"@.*[^ -~]").values_list("pk", "email")):
        local, _, domain = email.rpartition("@")
        try:
            # Strict: only ASCII dots separate labels, as in `canonical_email`, which looks accounts up.
            converted = f"{local}@{idna.encode(domain, strict=True).decode()}"
        except idna.IDNAError:
            continue
        if len(converted) <= max_length and not users.filter(email=converted).exists():
            users.filter(pk=pk).update(email=converted)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_links_verify_and_change_addresses")]

    operations = [migrations.RunPython(convert_domains, migrations.RunPython.noop)]
