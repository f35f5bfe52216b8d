from django.db import migrations, models


class AddFieldBefore(migrations.AddField):
    """Adds a column before another one, which matters on SQLite: it reads a row from its beginning."""

    def __init__(self, model_name, name, field, before):
        super().__init__(model_name, name, field)
        self.before = before

    def deconstruct(self):
        name, arguments, options = super().deconstruct()
        return name, arguments, {**options, "before": self.before}

    def state_forwards(self, app_label, state):
        super().state_forwards(app_label, state)
        fields = state.models[app_label, self.model_name_lower].fields
        for name in [name for name in fields if name != self.name][list(fields).index(self.before) :]:
            fields[name] = fields.pop(name)
        state.reload_model(app_label, self.model_name_lower, delay=True)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "sqlite":
            return super().database_forwards(app_label, schema_editor, from_state, to_state)
        model = to_state.apps.get_model(app_label, self.model_name)
        return schema_editor._remake_table(model, create_field=model._meta.get_field(self.name))


def store(method):
    """On PostgreSQL the marks stay in their row: every filter by tags reads them."""

    def apply(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"ALTER TABLE notes_note ALTER COLUMN tag_marks SET STORAGE {method}")

    return apply


class Migration(migrations.Migration):
    dependencies = [("notes", "0006_search_signatures")]

    operations = [
        AddFieldBefore("note", "tag_marks", models.TextField(editable=False, null=True), before="title"),
        migrations.RunPython(store("main"), store("extended")),
    ]
