from django.apps import AppConfig

from notes_api.background_tasks import on_start


class NotesConfig(AppConfig):
    name = "notes"
    default = True

    def ready(self) -> None:
        # Here, because it needs the models. It registers the work of the outbox.
        from notes.transfer.exports import requests as exports  # noqa: F401, PLC0415
        from notes.transfer.imports import requests as imports  # noqa: F401, PLC0415

        on_start(start_daily_work)


def start_daily_work() -> None:
    # Here, because it needs the models, and only a server needs it.
    from notes.management.daily_work.starter import Starter  # noqa: PLC0415

    Starter().start()
