"""Log lines about access to accounts, by the ids of accounts, sessions and tokens. docs/operating.md lists them."""

import logging
from enum import StrEnum
from uuid import UUID

from accounts.models import User
from notes_api.monitoring.metrics import security_events
from notes_api.monitoring.request_record import current_record

logger = logging.getLogger("notes_api.security")


class SecurityEvent(StrEnum):
    LOGIN_SUCCEEDED = "login_succeeded"
    LOGIN_FAILED = "login_failed"
    ATTEMPT_THROTTLED = "attempt_throttled"
    MAIL_THROTTLED = "mail_throttled"
    REAUTHENTICATION_FAILED = "reauthentication_failed"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105  # not a password
    OTP_ENABLED = "otp_enabled"
    OTP_DISABLED = "otp_disabled"
    TOKEN_CREATED = "token_created"  # noqa: S105  # as above
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # as above
    TOKENS_REVOKED = "tokens_revoked"
    GRANT_CREATED = "grant_created"
    GRANT_REVOKED = "grant_revoked"
    GRANTS_REVOKED = "grants_revoked"
    CODE_REUSED = "code_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # as above
    PASSWORD_RESET = "password_reset"  # noqa: S105  # as above
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_ERASED = "account_erased"


# Events that may be an attack, or that lower the protection of an account.
WARNINGS = frozenset(
    {
        SecurityEvent.LOGIN_FAILED,
        SecurityEvent.ATTEMPT_THROTTLED,
        SecurityEvent.MAIL_THROTTLED,
        SecurityEvent.REAUTHENTICATION_FAILED,
        SecurityEvent.REFRESH_TOKEN_REUSED,
        SecurityEvent.CODE_REUSED,
        SecurityEvent.OTP_DISABLED,
    }
)


for each in SecurityEvent:
    security_events.labels(each)


def log_event(event: SecurityEvent, account_id: UUID | None, **details: UUID | int) -> None:
    """Write one line: the event, the account, and the session, the token or the number of tokens."""
    account = "unknown account" if account_id is None else f"account {account_id}"
    words = [event, account, *(f"{name} {value}" for name, value in details.items())]
    security_events.labels(event).inc()
    record = current_record.get()
    if record is not None and event == SecurityEvent.LOGIN_SUCCEEDED:
        record.account_id = account_id
    logger.log(logging.WARNING if event in WARNINGS else logging.INFO, " ".join(words))


def log_event_for_email(event: SecurityEvent, email: str) -> None:
    """Log an event of the account with this address, which may be unknown.

    Never log the address of an unknown account: it may be a password typed into the wrong field.
    """
    log_event(event, User.objects.with_email(email).values_list("pk", flat=True).first())
