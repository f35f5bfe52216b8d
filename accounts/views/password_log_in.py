"""Log in with a password, and a one-time code if the second factor is on. The same limits and log apply everywhere."""

from collections.abc import Callable, Mapping
from functools import partial

from django.conf import settings
from rest_framework.request import Request

from accounts.authentication.one_time_codes import require_code
from accounts.authentication.security_log import SecurityEvent, log_event, log_event_for_email
from accounts.exceptions import CodeMissing, CodeWrong
from accounts.flows.log_in import log_in
from accounts.models import Session, User
from accounts.throttling import Attempt, get_client_address, login_allowance, login_attempt
from notes_api.rest.problems import Problem

CHALLENGE = {"WWW-Authenticate": "Bearer"}
WRONG = "The e-mail address or the password is wrong."
WRONG_OR_UNVERIFIED = "The e-mail address or the password is wrong, or the address has not been verified yet."


class InvalidGrant(Problem):
    def __init__(self, detail: str) -> None:
        super().__init__(401, "invalid_grant", detail, headers=CHALLENGE)


class CodeProblem(Problem):
    """The password was correct, but the one-time code is missing or wrong."""

    def __init__(self, code: str, detail: str, user: User) -> None:
        super().__init__(401, code, detail, headers=CHALLENGE)
        self.user = user


def log_in_by_password(request: Request, credentials: Mapping[str, str], *, is_page: bool = False) -> Session:
    """Return a new session for `username`, `password` and `otp`. Raises `Problem` and `Throttled`."""
    return try_log_in(request, credentials["username"], partial(start_session, request, credentials, is_page=is_page))


def log_in_by_code(request: Request, user: User, otp: str, *, is_page: bool = False) -> Session:
    """Return a new session for a user whose password was correct a moment ago. Raises `Problem` and `Throttled`."""
    return try_log_in(request, user.email, partial(start_session_of, request, user, otp, is_page=is_page))


def try_log_in(request: Request, email: str, start: Callable[[Attempt], Session | None]) -> Session:
    with login_attempt(request, email) as attempt, login_allowance(email) as allowance:
        session = start(attempt)
        if session is None:
            attempt.mark_failed()
            log_event_for_email(SecurityEvent.LOGIN_FAILED, email)
            raise InvalidGrant(WRONG_OR_UNVERIFIED if settings.EMAIL_VERIFICATION == "required" else WRONG)
        allowance.keep()
    log_event(SecurityEvent.LOGIN_SUCCEEDED, session.user_id, session=session.pk)
    return session


def start_session(
    request: Request, credentials: Mapping[str, str], attempt: Attempt, *, is_page: bool
) -> Session | None:
    """Return a new session, or None if the credentials are wrong; raises `Problem` if they do not suffice."""
    user = User.objects.authenticate(credentials["username"], credentials["password"])
    if user is None or (user.must_verify_email and user.is_unclaimed):
        # Anyone can register with a stranger's address and so knows a password for it. They must not learn whether
        # the address had an account before.
        return None
    if user.must_verify_email:
        detail = "Verify the e-mail address first, with the link in the mail. POST /email/verify/send sends another."
        raise Problem(401, "email_unverified", detail, headers=CHALLENGE)
    return start_session_of(request, user, credentials.get("otp", ""), attempt, is_page=is_page)


def start_session_of(request: Request, user: User, otp: str, attempt: Attempt, *, is_page: bool) -> Session | None:
    """Return a new session after the password was correct, or None; raises `CodeProblem`."""
    try:
        factor = require_code(request, attempt, user, otp)
    except CodeMissing:
        detail = "Send the password again, together with a one-time code in `otp`."
        raise CodeProblem("mfa_required", detail, user) from None
    except CodeWrong:
        log_event(SecurityEvent.LOGIN_FAILED, user.pk)
        raise CodeProblem("invalid_otp", "The one-time code is wrong or was used before.", user) from None
    device = request.headers.get("User-Agent", "")
    return log_in(user, device, get_client_address(request), factor, is_page=is_page)
