import getpass
import logging
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.core.management.base import CommandError

from accounts.management.asking import asked_password
from accounts.models import User
from notes_api.errands import errands

logger = logging.getLogger(__name__)


class Command(changepassword.Command):
    help = "Set another password for a user, end all their sessions, revoke their API tokens and tell them by mail."

    def handle(self, *args: Any, **options: Any) -> str:
        email = options["username"] or getpass.getuser()
        user = User.objects.with_email(email).first()
        if user is None:
            raise CommandError(f"user '{email}' does not exist")
        self.stdout.write(f"Changing password for user '{user}'")
        user.replace_password(asked_password(user, self.stderr), is_reset=True)
        user.tell_of_replaced_password()
        logger.warning("The password of account %s was set by changepassword", user.pk)
        # Mail is sent by a thread that ends with the command.
        errands.drain()
        return f"Password changed successfully for user '{user}'"
