"""OAuth 2's token endpoint for the owner of the service itself (RFC 6749, sections 4.3 and 6)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework_simplejwt.exceptions import TokenError

from accounts.examples import TOKENS
from accounts.models import Session, User
from accounts.models.session import RefreshTokenReused
from accounts.otp import CodeMissing, CodeWrong, ask_for_code
from accounts.serializers.login import LoginSerializer, RefreshSerializer, TokenSerializer
from accounts.throttling import Attempt, client_address, login_attempt
from accounts.tokens import RefreshToken, token_response
from notes_api.parsers import StrictJSONParser
from notes_api.problems import Problem
from notes_api.queries import StrictView
from notes_api.schema import answers, example

CHALLENGE = {"WWW-Authenticate": "Bearer"}
# Our codes in the words of OAuth; all others are an `invalid_request`.
OAUTH_ERRORS = {
    "invalid_grant": "invalid_grant",
    "unsupported_grant_type": "unsupported_grant_type",
    "mfa_required": "mfa_required",
    "invalid_otp": "mfa_required",
    "email_unverified": "invalid_grant",
}
WRONG = "The e-mail address or the password is wrong."
WRONG_OR_UNVERIFIED = "The e-mail address or the password is wrong, or the address has not been verified yet."


class InvalidGrant(Problem):
    def __init__(self, detail: str) -> None:
        super().__init__(401, "invalid_grant", detail, headers=CHALLENGE)


class TokenEndpoint(StrictView):
    """Takes forms and JSON, ignores any `Authorization` header, and adds OAuth's members to its problems."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser, MultiPartParser, StrictJSONParser]

    grant_type: str
    serializer_class: type[Serializer[Any]]  # Any: no instance

    def read(self, request: Request) -> dict[str, str]:
        given = request.data.get("grant_type") if isinstance(request.data, Mapping) else None
        # An empty parameter counts as none (RFC 6749, section 3.2).
        if given not in (None, "", self.grant_type):
            raise Problem(400, "unsupported_grant_type", f"Only `grant_type={self.grant_type}` is understood here.")
        serializer = self.serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        validated: dict[str, str] = serializer.validated_data
        return validated

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if response.data["code"] in ("invalid", "malformed"):
            response.data["code"] = "invalid_request"
        response.data["error"] = OAUTH_ERRORS.get(response.data["code"], "invalid_request")
        response.data["error_description"] = response.data["detail"]
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class LoginView(TokenEndpoint):
    """Log in."""

    grant_type = "password"
    serializer_class = LoginSerializer

    @extend_schema(
        operation_id="login",
        tags=["Login"],
        summary="Log in",
        auth=[],
        request=LoginSerializer,
        responses=answers({200: TokenSerializer}, 401),
        examples=[
            example("Alice", {"username": "alice@example.com", "password": "correct horse battery"}),
            example("Tokens", TOKENS, status="200"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Trade an e-mail address and a password for a bearer token and a refresh token.

        Unknown, wrong and inactive get the same answer in the same time. Where the second factor is on, a right
        password without a code is 401 `mfa_required`: send both again with `otp`. A wrong or used code is
        401 `invalid_otp`.

        Where the server requires addresses to be verified, whoever has registered and not followed the link is told
        what everybody is told whose password is wrong. 401 `email_unverified`, after a right password, is for accounts
        in use from before the server required it.
        """
        credentials = self.read(request)
        with login_attempt(request, credentials["username"]) as attempt:
            session = start_session(request, attempt, credentials)
            if session is None:
                attempt.failed()
                raise InvalidGrant(WRONG_OR_UNVERIFIED if settings.EMAIL_VERIFICATION == "required" else WRONG)
        return Response(token_response(session))


class RefreshView(TokenEndpoint):
    """Stay logged in."""

    grant_type = "refresh_token"
    serializer_class = RefreshSerializer

    @extend_schema(
        operation_id="refreshLogin",
        tags=["Login"],
        summary="Renew the tokens",
        auth=[],
        request=RefreshSerializer,
        responses=answers({200: TokenSerializer}, 401),
        examples=[
            example("Renew", {"refresh_token": "eyJhbGciOiJIUzI1NiIs…"}),
            example("Tokens", TOKENS, status="200"),
        ],
    )
    def post(self, request: Request) -> Response:
        """Trade a refresh token for a new pair.

        A refresh token works once. For 10 seconds the one just used is answered with the same successor again,
        so that a lost answer can be retried; after that, using it again ends the session for everyone.
        """
        return Response(token_response(rotated(self.read(request)["refresh_token"])))


def start_session(request: Request, attempt: Attempt, credentials: Mapping[str, str]) -> Session | None:
    user = User.objects.authenticate(credentials["username"], credentials["password"])
    if user is None or (user.must_verify_email and user.is_unclaimed):
        # Whoever registers with somebody's address knows a password for it, and must not learn whether it was free.
        return None
    if user.must_verify_email:
        detail = (
            "Verify the e-mail address first, with the link that was sent to it. POST /email/verify/send sends another."
        )
        raise Problem(401, "email_unverified", detail, headers=CHALLENGE)
    try:
        ask_for_code(request, attempt, user, credentials.get("otp", ""))
    except CodeMissing:
        detail = "Send the password again, with a one-time code as `otp`."
        raise Problem(401, "mfa_required", detail, headers=CHALLENGE) from None
    except CodeWrong:
        detail = "The one-time code is wrong or was used before."
        raise Problem(401, "invalid_otp", detail, headers=CHALLENGE) from None
    return Session.objects.start(user, request.headers.get("User-Agent", ""), client_address(request))


def rotated(encoded: str) -> Session:
    try:
        token = RefreshToken.read(encoded)
        return Session(pk=token.session_id, user_id=token.user_id).rotate(token.generation)
    except RefreshTokenReused:
        raise InvalidGrant("This refresh token was used before, so its session has ended: log in again.") from None
    except (TokenError, Session.DoesNotExist):
        raise InvalidGrant("The refresh token is invalid or expired, or its session has ended.") from None
