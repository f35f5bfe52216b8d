"""`manage.py createtoken`: creates an API token for staff and scripts."""

import json
import logging
import sys
from contextlib import redirect_stdout
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError

from accounts.exceptions import AccountErased, TooManyTokens
from accounts.flows.token_report import report_new_token
from accounts.models import ApiToken, User
from accounts.models.api_token import TOO_MANY_TOKENS
from accounts.scopes import TOKEN_SCOPES
from accounts.serializers.api_tokens import ApiTokenSerializer, IssuedApiTokenSerializer
from notes_api.rest.error_list import list_errors
from notes_api.rest.json_types import JSONObject
from outbox.worker import carry_out_for

logger = logging.getLogger(__name__)

MAX_DAYS = 36_500
# The options by the members of `POST /tokens`.
OPTIONS = {"name": "--name", "scopes": "--scope", "tags": "--tag"}


class Command(BaseCommand):
    help = (
        "Creates an API token for an account and notifies its owner by mail. Prints the token alone on standard output"
        " and everything else on standard error, so that a script can use $(…). The token is shown only once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="what the token is for, shown to the owner")
        parser.add_argument(
            "--scope", action="append", required=True, choices=[str(scope) for scope in TOKEN_SCOPES],
            help="what the token may do; repeat it for several scopes",
        )  # fmt: skip
        parser.add_argument(
            "--tag", action="append", default=[],
            help="limit the token to notes with this tag; repeat it for notes with any of several tags",
        )  # fmt: skip
        parser.add_argument("--days", type=int, metavar="N", help="expire after N days; without it, never")
        parser.add_argument("--json", action="store_true", help="print the response of POST /tokens instead")

    def handle(self, *args: Any, email: str, json: bool, **options: Any) -> None:  # Any: Django's signature
        user = find_user(email)
        values = read_values(options["name"], options["scope"], options["tag"], options["days"])
        token = issue_token(user, values)
        logger.warning("API token %s of account %s was created by createtoken", token.pk, token.user_id)
        end = f"expires on {token.expires_at:%Y-%m-%d %H:%M} UTC" if token.expires_at else "does not expire"
        self.stderr.write(f"Created {token.name} ({token}) of {user}. It is shown only now, and {end}.")
        self.stdout.write(as_json(token) if json else token.secret)
        self.stdout.flush()
        # After that, because a mail server may hang. Without one, mail is printed to standard output.
        with redirect_stdout(sys.stderr):
            carry_out_for(user.pk)


def find_user(email: str) -> User:
    """Return the account with this address. Raises `CommandError` unless it can log in."""
    user: User | None = User.objects.find_by_email(email)
    if user is None:
        raise CommandError(f"No account has the e-mail address {email}.")
    if user.must_verify_email:
        raise CommandError(f"The e-mail address {user} is not verified. Verify it first, as its owner or in the admin.")
    return user


def read_values(name: str, scopes: list[str], tags: list[str], days: int | None) -> JSONObject:
    """Return the values of the token as `POST /tokens` accepts them. Raises `CommandError`."""
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise CommandError(f"--days must be from 1 to {MAX_DAYS}.")
    end = None if days is None else (timezone.now() + timedelta(days=days)).isoformat()
    try:
        return ApiTokenSerializer.read({"name": name, "scopes": scopes, "tags": tags, "expires_at": end})
    except ValidationError as error:
        errors = list_errors(error.detail)
        raise CommandError(" ".join(f"{OPTIONS[each['field']]}: {each['message']}" for each in errors)) from None


def issue_token(user: User, values: JSONObject) -> ApiToken:
    try:
        with transaction.atomic():
            token = ApiToken.objects.issue_to(user, **values)
            report_new_token(token)
    except TooManyTokens:
        raise CommandError(TOO_MANY_TOKENS) from None
    except AccountErased:
        raise CommandError(f"The account {user} is deactivated.") from None
    return token


def as_json(token: ApiToken) -> str:
    return json.dumps(IssuedApiTokenSerializer(token).data)
