import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.flows.revocation import revoke_grant, revoke_grants
from accounts.models import ApiToken, Grant, User
from accounts.models.api_token import SHOWN_PREFIX_LENGTH, TOKEN_PREFIX, ApiTokenQuerySet
from accounts.models.grant_secrets import ACCESS_PREFIX, REFRESH_PREFIX

logger = logging.getLogger(__name__)

UNKNOWN_GRANT = (
    "No program has this token. Give the whole token. The access tokens from before the last refresh are not stored; "
    "they no longer work."
)


class Command(BaseCommand):
    help = "Revokes one API token, ends the grant of one token of a program, or does both for all of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "token_or_email",
            # A leaked token is pasted, and must not become an e-mail address that the command prints.
            type=str.strip,
            help=f"the first {SHOWN_PREFIX_LENGTH} characters of an API token ({TOKEN_PREFIX}…), the whole access or "
            f"refresh token of a program ({ACCESS_PREFIX}…, {REFRESH_PREFIX}…), or an e-mail address",
        )

    def handle(self, *args: Any, token_or_email: str, **options: Any) -> None:
        if token_or_email.startswith((ACCESS_PREFIX, REFRESH_PREFIX)):
            self.end_grant(token_or_email)
            return
        tokens = list(find_tokens(token_or_email).live().with_account().order_by("pk"))
        revoked = [token for token in tokens if token.revoke()]
        for token in revoked:
            logger.warning("API token %s of account %s was revoked by revoke_tokens", token.pk, token.user_id)
            self.stdout.write(f"Revoked {token.name} ({token}) of {token.user}.")
        if grants := revoke_grants_of(token_or_email):
            self.stdout.write(f"Grants of programs ended: {grants}.")
        self.stdout.write(f"API tokens revoked: {len(revoked)}.")

    def end_grant(self, token: str) -> None:
        """End the grant that a token belongs to, and with it the grant's other tokens."""
        grant = Grant.objects.of_token(token)
        if grant is None:
            raise CommandError(UNKNOWN_GRANT)
        has_ended = revoke_grant(grant)
        if has_ended:
            logger.warning("Grant %s of account %s was ended by revoke_tokens", grant.pk, grant.user_id)
            self.stdout.write(f"Ended the access of {grant.client_name} to the notes of {grant.user}.")
        self.stdout.write(f"Grants of programs ended: {int(has_ended)}.")


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
