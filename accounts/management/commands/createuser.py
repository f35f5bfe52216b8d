import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.exceptions import EmailTaken
from accounts.management.password_input import prompt_for_password, read_password_from_stdin
from accounts.models import User
from accounts.models.email_address import clean_email
from accounts.models.user_queryset import SUPPORT_GROUP

logger = logging.getLogger(__name__)

TAKEN = "An account with this e-mail address already exists."


class Command(BaseCommand):
    help = "Creates an account, even if REGISTRATION=closed. Prompts for the password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--staff", action="store_true", help=f"create a staff account in the admin group {SUPPORT_GROUP}"
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of standard input"
        )

    def handle(self, *args: Any, email: str, staff: bool, password_stdin: bool, **options: Any) -> str:
        user = User(email=parse_email(email))
        if User.objects.with_email(user.email).exists():
            raise CommandError(TAKEN)
        password = read_password_from_stdin(user) if password_stdin else prompt_for_password(user, self.stderr)
        create = User.objects.create_staff if staff else User.objects.create_verified
        try:
            created = create(user.email, password)
        except EmailTaken:
            raise CommandError(TAKEN) from None
        logger.warning("%s %s was created by createuser", "Staff account" if staff else "Account", created.pk)
        if staff and not created.groups.exists():
            self.stderr.write(f"The group {SUPPORT_GROUP} does not exist: grant the account permissions in the admin.")
        return f"Created {user.email}."


def parse_email(email: str) -> str:
    try:
        return clean_email(email)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
