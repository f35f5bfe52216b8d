"""`manage.py prepare`: what `make run` does before it starts the server."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError

from notes_api.server.health import has_pending_migrations

WELCOME = """
Cloud Notes API on {address} (Ctrl-C stops it)

  docs     {address}/docs
  admin    {address}/admin/   (create an account: .venv/bin/python manage.py createsuperuser)
  sign up  curl {address}/users -H 'Content-Type: application/json' \\
             -d '{{"email": "alice@example.org", "password": "a long quiet walk"}}'
"""


class Command(BaseCommand):
    help = "Apply missing migrations and print the addresses of the documentation and the admin."
    # `make check` runs Django's checks. A start should not wait for them.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        try:
            needs_migration = has_pending_migrations()
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {error}") from None
        if needs_migration:
            call_command("migrate")
        self.stdout.write(WELCOME.format(address=self.address()))

    def address(self) -> str:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.HOST, settings.HOST)  # noqa: S104
        return f"http://[{host}]:{settings.PORT}" if ":" in host else f"http://{host}:{settings.PORT}"
