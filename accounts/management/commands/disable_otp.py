import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import SecondFactor, User

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Switch the second factor of an account off, for somebody who has lost the device and the recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> str:  # Any: Django's signature
        user = User.objects.with_email(email).first()
        if user is None:
            raise CommandError(f"There is no account with the e-mail address {email}.")
        if not SecondFactor.objects.disable(user):
            return f"The second factor of {user} was not on."
        logger.warning("The second factor of account %s was switched off by disable_otp", user.pk)
        return f"Switched off the second factor of {user}: the password alone logs in now."
