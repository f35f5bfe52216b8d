"""The log-in on the page of the authorisation server: the password, and then a one-time code if one is needed."""

from django.http import HttpResponse
from django.utils.crypto import constant_time_compare
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.request import Request

from accounts.models import Session, User
from accounts.models.otp import OTP_MAX_LENGTH
from accounts.serializers.login import LoginSerializer
from accounts.views.password_log_in import CodeProblem, log_in_by_code, log_in_by_password
from accounts.views.permission_pages import PAGE_LIFETIME, PageExpired, PasswordProof, PermissionPage, PermissionRequest
from notes_api.rest.decorators import hashes_password


class LogInStep(PermissionPage):
    """Logs the user in, with the limits and the log of `POST /login`."""

    @hashes_password
    def post(self, request: Request) -> HttpResponse:
        form = self.read_form(request)
        asked, user = self.load_request(form.subject), find_user(form.proof)
        if request.POST.get("decision") == "refuse":
            return self.refuse(asked, None)
        try:
            session = log_in(request, user)
        except CodeProblem as problem:
            error = str(problem.detail) if request.POST.get("otp") else ""
            return self.show_code(asked, problem.user, 401 if error else 200, error=error)
        except APIException as problem:
            return self.show_again(asked, user, problem)
        session.end_within(PAGE_LIFETIME)
        return self.show_question(asked, session)

    def show_again(self, asked: PermissionRequest, user: User | None, problem: APIException) -> HttpResponse:
        """Show the same step with what is wrong."""
        status, error = problem.status_code, str(problem.detail)
        if isinstance(problem, Throttled):
            self.headers["Retry-After"] = str(int(getattr(problem, "wait", None) or 1))
        if isinstance(problem, ValidationError):
            error = "Enter your e-mail address and your password."
        if user is not None:
            return self.show_code(asked, user, status, error=error)
        return self.show_log_in(asked, status, error=error, address=self.request.POST.get("email", ""))


def log_in(request: Request, user: User | None) -> Session:
    """Log in with the one-time code if the password of the user was correct, and otherwise with the password."""
    if user is not None:
        return log_in_by_code(request, user, request.POST.get("otp", "")[:OTP_MAX_LENGTH], is_page=True)
    names = {"username": "email", "password": "password", "otp": "otp"}
    credentials = LoginSerializer.read({name: request.POST.get(typed, "") for name, typed in names.items()})
    return log_in_by_password(request, credentials, is_page=True)


def find_user(proof: PasswordProof | None) -> User | None:
    """Return the user whose password was correct. Raises `PageExpired` if it has changed since."""
    if proof is None:
        return None
    try:
        user: User = User.objects.active().get(pk=proof.user_id)
    except User.DoesNotExist:
        raise PageExpired from None
    if not constant_time_compare(user.get_session_auth_hash(), proof.password_digest):
        raise PageExpired
    return user
