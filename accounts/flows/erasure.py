"""Erase an account with everything it owns."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models, transaction

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import HasLogEntries, JournalUnavailable, PasswordReplaced
from accounts.flows.erasure_journal import record_erasure
from accounts.mail import send_template
from accounts.models import ApiToken, User, tick
from accounts.models.user_queryset import UserQuerySet
from notes_api.db.sqlite import truncate_wal

# The name of an erased account in the admin's log. Its id stays there too.
ERASED = "erased account"


def erase_self(user: User, password_hash: str) -> None:
    """Erase the user's own account. Raises as `erase` does.

    Staff cannot do this: without the last superuser, nobody could manage the server.
    """
    if user.is_staff or user.is_superuser:
        raise HasLogEntries
    with transaction.atomic():
        erase(user, password_hash)
        # It belongs to no account, so that nothing cancels it, and holds the address until it is sent.
        send_template("erased", user.email, None, email=user.email)


def erase(user: User, password_hash: str | None = None) -> None:
    """Delete the account and everything it owns.

    With a `password_hash`, delete it only if the account still has this password, and raise `PasswordReplaced`
    otherwise. Raises `HasLogEntries` if the account has acted as staff, and `JournalUnavailable`. The locks on its
    clock and its row keep other requests from adding rows in the meantime.
    """
    with tick(user.pk):
        account = User.objects.select_for_update().filter(pk=user.pk)
        if not (account if password_hash is None else account.with_password_hash(password_hash)).exists():
            raise PasswordReplaced
        if account.with_log_entries().exists():
            raise HasLogEntries
        record_erasure(user.pk)
        anonymize_log_entries(user)
        delete_browser_sessions(user.pk)
        delete_with_related_rows(user)
    log_event(SecurityEvent.ACCOUNT_ERASED, user.pk)


@transaction.atomic
def erase_if_in(user: User, users: UserQuerySet) -> bool:
    """Erase the account if it is in the queryset; return whether it was."""
    is_in_queryset = users.among([user]).lock()
    if is_in_queryset:
        erase(user)
    return is_in_queryset


def erase_all(users: UserQuerySet) -> int:
    """Erase each account in its own transaction if it is still in the queryset; return how many were erased.

    Ends early if the journal of erasures cannot be written, which is logged.
    """
    count = 0
    with suppress(JournalUnavailable):
        for user in users:
            count += erase_if_in(user, users)
    return count


def anonymize_log_entries(user: User) -> None:
    """Remove the names of the account and of its API tokens from the admin's log, and keep their ids.

    Tokens that were deleted earlier are found by the message that names their account.
    """
    user_type, token_type = (ContentType.objects.get_for_model(model) for model in (User, ApiToken))
    of_account = models.Q(content_type=user_type, object_id=str(user.pk))
    token_ids = map(str, ApiToken.objects.of(user).values_list("pk", flat=True))
    of_tokens = models.Q(content_type=token_type) & (
        models.Q(object_id__in=token_ids) | models.Q(change_message=token_revoked_message(user.pk))
    )
    LogEntry.objects.filter(of_account | of_tokens).update(object_repr=ERASED)


def token_revoked_message(user_id: UUID) -> str:
    """Return the log message for an API token of this account that staff have revoked."""
    return f"Revoked the token of account {user_id}."


def delete_browser_sessions(user_id: UUID) -> None:
    """Delete the account's sessions in the admin.

    The user id is inside the encoded data, so every session is read. Only staff have such sessions.
    """
    for browser in BrowserSession.objects.iterator():
        if browser.get_decoded().get(SESSION_KEY) == str(user_id):
            browser.delete()


def delete_with_related_rows(account: models.Model) -> None:
    """Delete the row and every row that refers to it, with one statement per table.

    Django's `delete()` reads each row first to find related rows, which takes three times as long, and memory. The
    caller holds a transaction in which nobody else can add rows.
    """
    extend_statement_timeout()
    for model, path in related_models(type(account)):
        delete_rows(model._base_manager.filter(**{path: account.pk}))
    delete_rows(type(account)._base_manager.filter(pk=account.pk))
    truncate_wal()


def extend_statement_timeout() -> None:
    """Allow each statement as much time as the longest request, because an account can be large.

    Foreign keys are checked at once for each row, not all together in the COMMIT, which has the usual time limit.
    """
    if connection.vendor == "postgresql":
        seconds = max(settings.REQUEST_TIMEOUTS.values(), default=0)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{seconds:d}s'")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def related_models(model: type[models.Model], path: str = "") -> Iterator[tuple[type[models.Model], str]]:
    """Yield each model that refers to `model` and its lookup path, most distant first: `Revision, "note__owner"`."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and not relation.concrete:
            lookup = f"{relation.field.name}__{path}".removesuffix("__")
            yield from related_models(relation.related_model, lookup)
            yield relation.related_model, lookup


def delete_rows(rows: models.QuerySet[Any]) -> None:  # Any: of any model
    """Delete the rows without looking for related ones."""
    rows._raw_delete(rows.db)  # the public `delete()` reads every row
