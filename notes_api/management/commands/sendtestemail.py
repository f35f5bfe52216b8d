from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from notes_api.mail import PlainEmail, send_email

TEXT = f"The server at {settings.PUBLIC_BASE_URL} can send e-mail.\n"


class Command(BaseCommand):
    help = "Send a test e-mail with EMAIL_URL and EMAIL_FROM, and report whether the mail server accepted it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> str:  # Any: Django's signature
        try:
            send_email(PlainEmail(email, "Cloud Notes can send mail", TEXT))
        except (OSError, ValueError) as error:
            raise CommandError(f"The e-mail was not sent: {error}") from None
        if settings.MAILERS["default"]["BACKEND"].endswith("console.EmailBackend"):
            return "Nothing was sent: without EMAIL_URL, mail is printed, as above."
        return f"Sent to {email}."
