"""Grants that exist without the page of the authorisation server."""

from django.utils import timezone

from accounts.models import Grant, OAuthClient


def make_grant(user, *scopes, name="Assistant", tags=(), resource="", **columns):
    """Return a grant of the user whose client has redeemed its code, and which was just used."""
    client = OAuthClient.objects.register(name, ["http://127.0.0.1/callback"])
    grant = Grant.objects.issue(user, client, [str(scope) for scope in scopes], list(tags), resource=resource)
    grant.redeem()
    Grant.objects.filter(pk=grant.pk).update(last_used_at=timezone.now(), **columns)
    return grant


def access_token_of(user, *scopes, **columns):
    return make_grant(user, *scopes, **columns).present_tokens[0]
