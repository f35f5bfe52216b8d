from django.apps import AppConfig

from notes_api.background_tasks import on_start


class NotesConfig(AppConfig):
    name = "notes"
    default = True

    def ready(self) -> None:
        # Here, because it needs the models.
        from notes.management.daily_work.starter import Starter  # noqa: PLC0415

        on_start(Starter().start)
