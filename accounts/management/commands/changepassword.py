import getpass
import logging
from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.core.management.base import CommandError

from accounts.flows.password_change import replace_password
from accounts.management.password_input import prompt_for_password
from accounts.models import User
from outbox.worker import carry_out_for

logger = logging.getLogger(__name__)


class Command(changepassword.Command):
    help = "Sets a new password for a user, ends their sessions, revokes their API tokens and notifies them by mail."

    def handle(self, *args: Any, **options: Any) -> str:
        email = options["username"] or getpass.getuser()
        user = User.objects.find_by_email(email)
        if user is None:
            raise CommandError(f"user '{email}' does not exist")
        self.stdout.write(f"Changing password for user '{user}'")
        replace_password(user, prompt_for_password(user, self.stderr), is_reset=True)
        logger.warning("The password of account %s was set by changepassword", user.pk)
        carry_out_for(user.pk)
        return f"Password changed successfully for user '{user}'"
