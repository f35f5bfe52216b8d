import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.emails import clean_email
from accounts.management.asking import asked_password, piped_password
from accounts.models import User
from accounts.models.email import EmailTaken
from accounts.models.user import SUPPORT_GROUP

logger = logging.getLogger(__name__)

TAKEN = "An account with this e-mail address already exists."


class Command(BaseCommand):
    help = "Make an account, also where REGISTRATION=closed. Asks for the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--staff", action="store_true", help=f"join the group {SUPPORT_GROUP} of the admin")
        parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *args: Any, email: str, staff: bool, password_stdin: bool, **options: Any) -> str:
        user = User(email=cleaned(email))
        if User.objects.with_email(user.email).exists():
            raise CommandError(TAKEN)
        password = piped_password(user) if password_stdin else asked_password(user, self.stderr)
        create = User.objects.create_staff if staff else User.objects.create_vouched
        try:
            created = create(user.email, password)
        except EmailTaken:
            raise CommandError(TAKEN) from None
        logger.warning("%s %s was made by createuser", "Staff account" if staff else "Account", created.pk)
        if staff and not created.groups.exists():
            self.stderr.write(f"There is no group {SUPPORT_GROUP}: say in the admin what the account may do there.")
        return f"Created {user.email}."


def cleaned(email: str) -> str:
    try:
        return clean_email(email)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
