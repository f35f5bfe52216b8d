from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notes_api.mail import Letter, deliver

TEXT = f"The server at {settings.PUBLIC_BASE_URL} can send mail.\n"


class Command(BaseCommand):
    help = "Send a mail as EMAIL_URL and EMAIL_FROM say, and tell whether the mail server took it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> str:  # Any: Django's signature
        try:
            deliver(Letter(email, "Cloud Notes can send mail", TEXT))
        except (OSError, ValueError) as error:
            raise CommandError(f"The mail was not sent: {error}") from None
        return f"Sent to {email}."
