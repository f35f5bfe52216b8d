"""OAuth 2's token and revocation endpoints, for the service's own clients (RFC 6749, sections 4.3 and 6; RFC 7009)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import TokenError

from accounts.authentication.security_log import SecurityEvent, log_event
from accounts.authentication.tokens import AccessToken, RefreshToken, build_token_response
from accounts.exceptions import RefreshTokenReused
from accounts.flows.revocation import revoke_grant_of
from accounts.models import Session
from accounts.models.api_token import TOKEN_PREFIX
from accounts.models.grant_secrets import ACCESS_PREFIX, REFRESH_PREFIX
from accounts.serializers.login import LoginSerializer, RefreshSerializer, RevocationSerializer, TokenSerializer
from accounts.views import examples
from accounts.views.password_log_in import InvalidGrant, log_in_by_password
from notes_api.rest.json_types import JSON
from notes_api.rest.operation import PUBLIC, operation
from notes_api.rest.parsers import StrictJSONParser
from notes_api.rest.problems import Problem
from notes_api.rest.serializers import RequestSerializer
from notes_api.rest.views import StrictView

OAUTH_ERRORS = {
    "invalid_grant": "invalid_grant",
    "unsupported_grant_type": "unsupported_grant_type",
    "unsupported_token_type": "unsupported_token_type",
    "mfa_required": "mfa_required",
    "invalid_otp": "mfa_required",
    "email_unverified": "invalid_grant",
}


class OAuthEndpoint(StrictView):
    """Accepts forms and JSON, ignores any `Authorization` header, and adds OAuth's members to its problems."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser, MultiPartParser, StrictJSONParser]
    # OAuth's error for each of our codes; all other codes are an `invalid_request`.
    errors: ClassVar[Mapping[str, str]] = OAUTH_ERRORS

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        if response.data["code"] in ("invalid", "malformed"):
            response.data["code"] = "invalid_request"
        response.data["error"] = self.errors.get(response.data["code"], "invalid_request")
        response.data["error_description"] = response.data["detail"]
        return response

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


def read_body(request: Request) -> JSON:
    """Return the body; raises `ParseError` for a form that has a member twice (RFC 6749, section 3.2)."""
    if isinstance(request.data, QueryDict) and any(len(values) > 1 for _, values in request.data.lists()):
        raise ParseError("The form has the same member twice. Send each member once.")
    return request.data


class TokenEndpoint(OAuthEndpoint):
    # What the body contains for each `grant_type`. The first is the default.
    grants: ClassVar[Mapping[str, type[RequestSerializer]]]

    def read_grant(self, request: Request) -> tuple[str, dict[str, str]]:
        """Return the `grant_type` and the validated members of the body; raises `Problem` if it is not supported."""
        body = read_body(request)
        given = body.get("grant_type", "") if isinstance(body, Mapping) else ""
        supported = list(self.grants)
        # An empty parameter counts as omitted (RFC 6749, section 3.2).
        grant_type = supported[0] if given == "" else given
        if grant_type not in supported:
            detail = f"This endpoint supports only `grant_type={'` and `grant_type='.join(supported)}`."
            raise Problem(400, "unsupported_grant_type", detail)
        return grant_type, self.grants[grant_type].read(body)


class LoginView(TokenEndpoint):
    """Log in."""

    grants = {"password": LoginSerializer, "refresh_token": RefreshSerializer}

    @operation(
        "login", "Login", "Log in",
        security=PUBLIC, body={"application/json": LoginSerializer}, returns={200: TokenSerializer}, errors=[401],
        examples=examples.LOGIN, hashes_password=True,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Exchange an e-mail address and a password for an access token and a refresh token.

        The body is JSON, or a form as in OAuth 2 (RFC 6749, section 4.3.2).

        An unknown address, a wrong password and an inactive account get the same response in the same time. If the
        second factor is on, a correct password without a code returns 401 `mfa_required`: send both again with `otp`.
        A wrong or used code returns 401 `invalid_otp`.

        If the server requires verified addresses, an account that never followed its verification link gets the same
        response as a wrong password. Older accounts, from before the server required it, get 401 `email_unverified`
        after a correct password.

        With `grant_type=refresh_token` and `refresh_token`, this does the same as `POST /login/refresh`, for clients
        that know only one token endpoint.
        """
        grant_type, credentials = self.read_grant(request)
        if grant_type == "refresh_token":
            return refresh_response(credentials)
        return Response(build_token_response(log_in_by_password(request, credentials)))


class RefreshView(TokenEndpoint):
    """Stay logged in."""

    grants = {"refresh_token": RefreshSerializer}

    @operation(
        "refreshLogin", "Login", "Renew the tokens",
        security=PUBLIC, body={"application/json": RefreshSerializer}, returns={200: TokenSerializer}, errors=[401],
        examples=examples.REFRESH,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Exchange a refresh token for a new pair of tokens. The body is JSON, or a form as in OAuth 2.

        A refresh token works once. For 10 seconds after its use it returns the same new tokens again, so that a
        client can retry after a lost response. Later use ends the session for everyone.
        """
        _, values = self.read_grant(request)
        return refresh_response(values)


class RevocationView(OAuthEndpoint):
    """Log out as OAuth clients do."""

    @operation(
        "revokeLogin", "Login", "Revoke a token",
        security=PUBLIC, body={"application/json": RevocationSerializer}, returns={200: None}, examples=examples.REVOKE,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """End the session or the grant of a refresh token or an access token (RFC 7009), and no other.

        The response is 200 also for a token that is unknown, expired or revoked. An API token is revoked with `DELETE
        /tokens/{id}`; here it gets 400 `unsupported_token_type`, because it may be public.
        """
        revoke_credential(RevocationSerializer.read(read_body(request))["token"])
        return Response(status=200)


def refresh_response(values: Mapping[str, str]) -> Response:
    return Response(build_token_response(rotate_session(values["refresh_token"])))


def revoke_credential(encoded: str) -> None:
    """End the session or the grant of this token, if there is one; raises `Problem` for an API token."""
    if encoded.startswith(TOKEN_PREFIX):
        raise Problem(
            400, "unsupported_token_type", "This is an API token: its owner revokes it with DELETE /tokens/{id}."
        )
    if encoded.startswith((ACCESS_PREFIX, REFRESH_PREFIX)):
        revoke_grant_of(encoded)
        return
    for kind in (RefreshToken, AccessToken):
        with suppress(TokenError):
            Session(pk=kind.read(encoded).session_id).revoke()


def rotate_session(refresh_token: str) -> Session:
    """Return the session with its next tokens; raises `InvalidGrant`."""
    try:
        token = RefreshToken.read(refresh_token)
        return Session(pk=token.session_id, user_id=token.user_id).rotate(token.generation)
    except RefreshTokenReused:
        log_event(SecurityEvent.REFRESH_TOKEN_REUSED, token.user_id, session=token.session_id)
        raise InvalidGrant("This refresh token was used before, so its session has ended: log in again.") from None
    except (TokenError, Session.DoesNotExist):
        raise InvalidGrant("The refresh token is invalid or expired, or its session has ended.") from None
