"""`manage.py prepare`: what `make run` and `cloud-notes serve` do before they start the server."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import OperationalError, connection

from notes_api.config.base_dir import MANAGE
from notes_api.config.base_url import address_of
from notes_api.db.migration_state import read_migration_state
from notes_api.server.master import require_free

WELCOME = """
Cloud Notes API on {address} (Ctrl-C stops it)

  docs     {address}/docs
  admin    {address}/admin/   (create an account: {manage} createsuperuser)
  sign up  curl {address}/users -H 'Content-Type: application/json' \\
             -d '{{"email": "alice@example.org", "password": "a long quiet walk"}}'
"""


class Command(BaseCommand):
    help = "Apply missing migrations and print the addresses of the documentation and the admin."
    # `make check` runs Django's checks. A start should not wait for them.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:  # Any: Django's signature
        try:
            require_free(settings.HOST, settings.PORT)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {settings.HOST} port {settings.PORT}: {error.strerror}. Choose another port with"
                " PORT, or end the program that uses this one."
            ) from None
        try:
            is_migrated = not read_migration_state(connection).pending
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {error}") from None
        if not is_migrated:
            call_command("migrate")
        self.stdout.write(WELCOME.format(address=address_of(settings.HOST, settings.PORT), manage=MANAGE))
