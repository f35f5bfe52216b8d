"""Report a new API token, in the log and to the owner of the account."""

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.mail import send_notice
from accounts.models import ApiToken


def report_new_token(token: ApiToken) -> None:
    """Call it in the transaction that creates the token."""
    log_event(SecurityEvent.TOKEN_CREATED, token.user_id, token=token.pk)
    send_notice(
        token.user, "token_created", prefix=token.prefix, scopes=" ".join(token.scope_names), tags=", ".join(token.tags)
    )
