"""Ask for proof of the owner's presence, before changes that a stolen token must not allow."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.authentication.bearer import AuthenticatedRequest, InvalidToken, LoggedInRequest
from accounts.authentication.one_time_codes import require_code
from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.exceptions import CodeMissing, CodeWrong
from accounts.models import SecondFactor, Session, User
from accounts.problems import ReauthenticationRequired
from accounts.throttling import Attempt, login_attempt


def reauthenticate(request: LoggedInRequest, values: dict[str, Any]) -> str:  # Any: each member has its own type
    """Accept the request only with proof that the owner of the account sends it, and remove the proof from `values`.

    The proof is the password (`current_password` or `password`), with a one-time code (`otp`) if the second factor is
    on. A log-in less than 10 minutes ago that satisfied the present second factor is enough without them. Raises
    `ReauthenticationRequired`, `ValidationError` for a wrong password or code, and `Throttled`. Returns the name of the
    member for the password, for later errors.
    """
    field = "password" if "password" in values else "current_password"
    password, otp = values.pop(field, None), values.pop("otp", "")
    if password is not None and has_valid_proof(request, field, password, otp):
        return field
    load_password_of_session(request)
    factor = SecondFactor.objects.of(request.user).on().first()
    if not request.auth.is_recent_with(factor):
        raise ReauthenticationRequired(needs_code=factor is not None)
    return field


def load_password_of_session(request: LoggedInRequest) -> None:
    """Load the hash that must not change until the end of the request; raises `InvalidToken` if the session has ended.

    Authentication does not load it. A changed password ends the session, so the hash of a session that is live
    afterwards is that of the password with which it began.
    """
    with suppress(User.DoesNotExist):
        request.user.refresh_from_db(fields=["password", "is_superuser"])
    if not Session.objects.usable_among([request.auth.pk]).exists():
        raise InvalidToken


def has_valid_proof(request: LoggedInRequest, field: str, password: str, otp: str) -> bool:
    """Check the password and the code. Return False if only the code is missing; raises `ValidationError`."""
    with correct_password(request, password, field) as attempt:
        try:
            require_code(request, attempt, request.user, otp)
        except CodeMissing:
            return False
        except CodeWrong:
            log_event(SecurityEvent.REAUTHENTICATION_FAILED, request.user.pk)
            message = ErrorDetail("The one-time code is wrong or was used before.", "wrong")
            raise ValidationError({"otp": [message]}) from None
    return True


def require_password(request: AuthenticatedRequest, password: str, field: str = "password") -> None:
    """Check the user's password. Raises as `correct_password` does."""
    with correct_password(request, password, field):
        pass


@contextmanager
def correct_password(request: AuthenticatedRequest, password: str, field: str) -> Iterator[Attempt]:
    """Run the block if this is the user's password.

    Raises `ValidationError` for this field, and `Throttled`: attempts share their counters with `POST /login`.
    """
    with login_attempt(request, request.user.email) as attempt:
        if not request.user.check_password(password):
            attempt.mark_failed()
            log_event(SecurityEvent.REAUTHENTICATION_FAILED, request.user.pk)
            raise wrong_password_error(field)
        yield attempt


def wrong_password_error(field: str = "password") -> ValidationError:
    return ValidationError({field: [ErrorDetail("This is not your password.", "wrong")]})
