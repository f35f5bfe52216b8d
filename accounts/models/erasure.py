"""How an account goes for good, whatever hangs off it and however much that is."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models

from accounts.models.api_token import ApiToken
from notes_api.embedded import forget_log

# What the record of staff calls an account that is gone; its id stays beside it.
ERASED = "erased account"


def delete_with_all(account: models.Model) -> None:
    """Delete the row and every row that belongs to it, with one statement for each table.

    Django would read each row first, to follow what hangs off it: that takes three times as long, and memory. The
    caller is in a transaction and keeps everybody else from adding rows.
    """
    take_time()
    for model, path in dependants(type(account)):
        delete_rows(model._base_manager.filter(**{path: account.pk}))
    delete_rows(type(account)._base_manager.filter(pk=account.pk))
    forget_log()


def dependants(model: type[models.Model], path: str = "") -> Iterator[tuple[type[models.Model], str]]:
    """Each model that goes with a `model`, and how it leads there, the outermost first: `Revision, "note__owner"`."""
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and not relation.concrete:
            way = f"{relation.field.name}__{path}".removesuffix("__")
            yield from dependants(relation.related_model, way)
            yield relation.related_model, way


def delete_rows(rows: models.QuerySet[Any]) -> None:  # Any: of whatever model
    """As they are, without a look at what refers to them."""
    rows._raw_delete(rows.db)  # Django's own; its collector reads every row


def take_time() -> None:
    """Let a statement take as long as the longest request: a large account is more than a usual statement's worth.

    References are checked row by row at once, not all in a COMMIT that may take no longer than a usual statement.
    """
    if connection.vendor == "postgresql":
        seconds = max(settings.REQUEST_TIMEOUTS.values(), default=0)
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{seconds:d}s'")
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def forget_name(account: models.Model) -> None:
    """Staff did what they did to an account and its tokens: to which stays on record, but not what it was called.

    Tokens may have gone long before: whose they were is only on record.
    """
    kind, tokens = (ContentType.objects.get_for_model(model) for model in (type(account), ApiToken))
    of_account = models.Q(content_type=kind, object_id=str(account.pk))
    kept = map(str, ApiToken.objects.filter(user=account.pk).values_list("pk", flat=True))
    of_tokens = models.Q(content_type=tokens) & (
        models.Q(object_id__in=kept) | models.Q(change_message=token_revoked(account.pk))
    )
    LogEntry.objects.filter(of_account | of_tokens).update(object_repr=ERASED)


def token_revoked(user_id: UUID) -> str:
    """What the record says where staff revoke one of the account's tokens."""
    return f"Revoked the token of account {user_id}."


def close_browsers(user_id: UUID) -> None:
    """Delete the account's sessions of the admin. Who they are of is inside; there are only those of staff."""
    for browser in BrowserSession.objects.iterator():
        if browser.get_decoded().get(SESSION_KEY) == str(user_id):
            browser.delete()
