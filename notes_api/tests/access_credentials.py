"""The credentials of the identities in the table of permissions."""

from datetime import timedelta

from django.utils import timezone

from accounts.authentication.tokens import AccessToken, RefreshToken
from accounts.models import ApiToken, Session
from accounts.scopes import Scope
from accounts.tests.grants import access_token_of


def bearer(user, is_revoked=False):
    session = Session.objects.create(user=user)
    if is_revoked:
        session.revoke()
    return AccessToken.of(session)


def api_token(user, scope, tags=(), **values):
    """Return the secret of a token that was just used, so that another use writes nothing."""
    token = ApiToken.objects.issue(Session.objects.create(user=user), "Script", [scope], tags=tags)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now(), **values)
    return token.secret


def expired(user):
    token = AccessToken.of(Session.objects.create(user=user))
    token.set_exp(lifetime=timedelta(seconds=-1))
    return token


# Each function creates new credentials; its argument holds the users by name.
CREDENTIALS = {
    "owner": lambda users: bearer(users["alice"]),
    "stranger": lambda users: bearer(users["mallory"]),
    "staff": lambda users: bearer(users["staff"]),
    "anonymous": lambda users: None,
    "expired": lambda users: expired(users["alice"]),
    "revoked": lambda users: bearer(users["alice"], is_revoked=True),
    "deactivated": lambda users: bearer(users["alice"]),
    "refresh": lambda users: RefreshToken.of(Session.objects.create(user=users["alice"])),
    "read token": lambda users: api_token(users["alice"], Scope.READ),
    "write token": lambda users: api_token(users["alice"], Scope.WRITE),
    "append token": lambda users: api_token(users["alice"], Scope.APPEND),
    "edit token": lambda users: api_token(users["alice"], Scope.EDIT),
    "trash token": lambda users: api_token(users["alice"], Scope.TRASH),
    "purge token": lambda users: api_token(users["alice"], Scope.PURGE),
    "inside token": lambda users: api_token(users["alice"], Scope.WRITE, tags=["home"]),
    "outside token": lambda users: api_token(users["alice"], Scope.WRITE, tags=["work"]),
    "stranger token": lambda users: api_token(users["mallory"], Scope.WRITE),
    "staff token": lambda users: api_token(users["staff"], Scope.WRITE),
    "expired token": lambda users: api_token(users["alice"], Scope.WRITE, expires_at=timezone.now()),
    "revoked token": lambda users: api_token(users["alice"], Scope.WRITE, revoked_at=timezone.now()),
    "deactivated token": lambda users: api_token(users["alice"], Scope.WRITE),
    "read grant": lambda users: access_token_of(users["alice"], Scope.READ),
    "write grant": lambda users: access_token_of(users["alice"], Scope.WRITE),
    "append grant": lambda users: access_token_of(users["alice"], Scope.APPEND),
    "inside grant": lambda users: access_token_of(users["alice"], Scope.WRITE, tags=["home"]),
    "outside grant": lambda users: access_token_of(users["alice"], Scope.WRITE, tags=["work"]),
    "stranger grant": lambda users: access_token_of(users["mallory"], Scope.WRITE),
    "expired grant": lambda users: access_token_of(users["alice"], Scope.WRITE, access_expires_at=timezone.now()),
    "revoked grant": lambda users: access_token_of(users["alice"], Scope.WRITE, revoked_at=timezone.now()),
    "deactivated grant": lambda users: access_token_of(users["alice"], Scope.WRITE),
}
