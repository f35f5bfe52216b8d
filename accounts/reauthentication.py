"""The password once more, before something that a stolen token must not do."""

from rest_framework.exceptions import ErrorDetail, ValidationError

from accounts.authentication import AuthenticatedRequest
from accounts.throttling import login_attempt


def ask_password(request: AuthenticatedRequest, password: str, field: str = "password") -> None:
    """Raises `ValidationError` on this field, and `Throttled`: tries count together with those of `POST /login`."""
    with login_attempt(request, request.user.email) as attempt:
        if not request.user.check_password(password):
            attempt.failed()
            raise not_your_password(field)


def not_your_password(field: str = "password") -> ValidationError:
    return ValidationError({field: [ErrorDetail("This is not your password.", "wrong")]})
