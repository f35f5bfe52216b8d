import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import ApiToken, User
from accounts.models.api_token import MARK, PREFIX_LENGTH, ApiTokenQuerySet

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Revoke one API token, named by how it begins, or all of an account, named by its e-mail address."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "token_or_email", help=f"the first {PREFIX_LENGTH} characters ({MARK}…), or an e-mail address"
        )

    def handle(self, *args: Any, token_or_email: str, **options: Any) -> None:
        tokens = list(named(token_or_email).live().with_account().order_by("pk"))
        revoked = [token for token in tokens if token.revoke()]
        for token in revoked:
            logger.warning("API token %s of account %s was revoked by revoke_tokens", token.pk, token.user_id)
            self.stdout.write(f"Revoked {token.name} ({token}) of {token.user}.")
        self.stdout.write(f"API tokens revoked: {len(revoked)}.")


def named(token_or_email: str) -> ApiTokenQuerySet:
    if token_or_email.startswith(MARK):
        if len(token_or_email) < PREFIX_LENGTH:
            raise CommandError(f"Give the first {PREFIX_LENGTH} characters of the token.")
        return ApiToken.objects.beginning_like(token_or_email)
    user = User.objects.with_email(token_or_email).first()
    if user is None:
        raise CommandError(f"There is no account with the e-mail address {token_or_email}.")
    return ApiToken.objects.of(user)
