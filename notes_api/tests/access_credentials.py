"""The credentials of the identities in the table of permissions."""

from django.utils import timezone

from accounts.authentication.tokens import AccessToken
from accounts.models import ApiToken, Session


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
