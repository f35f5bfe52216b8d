import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows.second_factor import disable_second_factor
from accounts.models import User
from outbox.worker import carry_out_for

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Turns off the second factor of an account whose owner has lost the device and the recovery codes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> str:  # Any: Django's signature
        user = User.objects.find_by_email(email)
        if user is None:
            raise CommandError(f"No account has the e-mail address {email}.")
        if not disable_second_factor(user):
            return f"The second factor of {user} was not on."
        logger.warning("The second factor of account %s was turned off by disable_otp", user.pk)
        carry_out_for(user.pk)
        return f"Turned off the second factor of {user}. The account now logs in with the password only."
