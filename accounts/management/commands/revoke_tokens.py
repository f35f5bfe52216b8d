import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows.revocation import revoke_grants
from accounts.models import ApiToken, User
from accounts.models.api_token import SHOWN_PREFIX_LENGTH, TOKEN_PREFIX, ApiTokenQuerySet

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Revokes one API token, given by its first characters, or all tokens and grants of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "token_or_email", help=f"the first {SHOWN_PREFIX_LENGTH} characters ({TOKEN_PREFIX}…), or an e-mail address"
        )

    def handle(self, *args: Any, token_or_email: str, **options: Any) -> None:
        tokens = list(find_tokens(token_or_email).live().with_account().order_by("pk"))
        revoked = [token for token in tokens if token.revoke()]
        for token in revoked:
            logger.warning("API token %s of account %s was revoked by revoke_tokens", token.pk, token.user_id)
            self.stdout.write(f"Revoked {token.name} ({token}) of {token.user}.")
        if grants := revoke_grants_of(token_or_email):
            self.stdout.write(f"Grants of programs ended: {grants}.")
        self.stdout.write(f"API tokens revoked: {len(revoked)}.")


def find_tokens(token_or_email: str) -> ApiTokenQuerySet:
    if token_or_email.startswith(TOKEN_PREFIX):
        if len(token_or_email) < SHOWN_PREFIX_LENGTH:
            raise CommandError(f"Give the first {SHOWN_PREFIX_LENGTH} characters of the token.")
        return ApiToken.objects.with_prefix_of(token_or_email)
    user = User.objects.find_by_email(token_or_email)
    if user is None:
        raise CommandError(f"No account has the e-mail address {token_or_email}.")
    return ApiToken.objects.of(user)


def revoke_grants_of(token_or_email: str) -> int:
    """End the grants if an account is given; return how many."""
    user = None if token_or_email.startswith(TOKEN_PREFIX) else User.objects.find_by_email(token_or_email)
    return 0 if user is None else revoke_grants(user)
