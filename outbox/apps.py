from django.apps import AppConfig

from notes_api.background_tasks import on_drain, on_start
from notes_api.monitoring.metrics import on_measure


class OutboxConfig(AppConfig):
    name = "outbox"
    default = True

    def ready(self) -> None:
        # Here, because they need the models.
        from outbox.measuring import measure_outbox  # noqa: PLC0415
        from outbox.worker import workers  # noqa: PLC0415

        for worker in workers:
            on_start(worker.start)
            on_drain(worker.drain)
        on_measure(measure_outbox)
