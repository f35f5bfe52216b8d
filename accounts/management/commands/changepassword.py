import getpass
import logging
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.core.management.base import CommandError

from accounts.management.asking import asked_password
from accounts.models import User

logger = logging.getLogger(__name__)


class Command(changepassword.Command):
    help = "Set another password for a user, end all their sessions and revoke their API tokens."

    def handle(self, *args: Any, **options: Any) -> str:
        email = options["username"] or getpass.getuser()
        user = User.objects.with_email(email).first()
        if user is None:
            raise CommandError(f"user '{email}' does not exist")
        self.stdout.write(f"Changing password for user '{user}'")
        user.replace_password(asked_password(user, self.stderr), is_reset=True)
        logger.warning("The password of account %s was set by changepassword", user.pk)
        return f"Password changed successfully for user '{user}'"
