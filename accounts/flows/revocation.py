"""End the access to an account: its sessions, the links sent by mail, its API tokens and its grants."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import F

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.models import ApiToken, DeviceRequest, Grant, MailLink, OAuthClient, Session, User
from accounts.models.grant import GrantQuerySet
from accounts.models.user_queryset import UserQuerySet


def end_access(user: User) -> None:
    """Permanently end everything that gives access to the account, except its password."""
    end_sessions(user)
    MailLink.objects.delete_for(user)
    revoke_api_tokens(user)


def end_sessions(user: User, keep: Session | None = None) -> int:
    """End the account's sessions, except the one to keep, its sessions in the admin, and its grants.

    Returns the number of sessions that ended, not counting those in the admin.
    """
    count = end_sessions_of_users(user.row, keep)
    # A user who changes their own password in the admin gets a cookie with the new generation.
    user.session_generation = user.row.values_list("session_generation", flat=True).first() or 0
    return count


@transaction.atomic
def end_sessions_of_users(users: UserQuerySet, keep: Session | None = None) -> int:
    """End the sessions of all these accounts as `end_sessions` does; `User` objects in memory are not updated."""
    users.update(session_generation=F("session_generation") + 1)
    # A program got its access from a log-in, so ending all log-ins ends it too.
    end_grants(Grant.objects.of_any(users))
    sessions = Session.objects.of_any(users)
    return (sessions if keep is None else sessions.other_than(keep)).live().revoke()


def revoke_api_tokens(user: User) -> int:
    """Revoke every API token of the account; return how many were live."""
    revoked = ApiToken.objects.of(user).live().revoke()
    if revoked:
        log_event(SecurityEvent.TOKENS_REVOKED, user.pk, number=revoked)
    return revoked


def revoke_grants(user: User) -> int:
    """End every grant of the account; return how many had not ended."""
    revoked = len(end_grants(Grant.objects.of(user)))
    if revoked:
        log_event(SecurityEvent.GRANTS_REVOKED, user.pk, number=revoked)
    return revoked


def revoke_grant(grant: Grant) -> bool:
    """End one grant. Return False if it had already ended."""
    has_ended = grant.revoke()
    if has_ended:
        log_event(SecurityEvent.GRANT_REVOKED, grant.user_id, grant=grant.pk)
    return has_ended


@transaction.atomic
def end_grants(grants: GrantQuerySet) -> list[Grant]:
    """End these grants; return those that had not ended.

    They are locked in the order of their ids: one caller ends those of a client, another one those of an account, and
    both can end the same two.
    """
    ended = list(grants.not_ended().locked_in_order())
    grants.not_ended().revoke()
    return ended


def remove_clients(clients: Collection[OAuthClient]) -> None:
    """Remove clients and end their grants. Users still see these, and can undo what the clients have changed."""
    with transaction.atomic():
        OAuthClient.objects.among(clients).remove()
        ended = end_grants(Grant.objects.of_clients(clients))
        DeviceRequest.objects.refuse_for(clients)
    for grant in ended:
        log_event(SecurityEvent.GRANT_REVOKED, grant.user_id, grant=grant.pk)


def revoke_grant_of(token: str) -> None:
    """End the grant of an access token or a refresh token, if this server has issued it."""
    grant = Grant.objects.of_token(token)
    if grant is not None:
        revoke_grant(grant)
