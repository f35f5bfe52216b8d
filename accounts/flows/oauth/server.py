"""The authorisation server: oauthlib's endpoints with the rules of OAuth 2.1 and RFC 9700.

Each request of a browser or a client becomes a request of oauthlib. It has to be the same for the page and for the form
on it, so both build it from the same query.
"""

import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction
from oauthlib.oauth2 import AuthorizationEndpoint, BearerToken, RefreshTokenGrant, TokenEndpoint
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

from accounts.authentication.resources import AnyRequest, find_resource, get_issuer
from accounts.flows.oauth.grant_types import CODE, GRANT_TYPES
from accounts.flows.oauth.validator import InvalidTarget, OAuthRequest, Validator
from accounts.models import Grant, OAuthClient
from accounts.models.digest import digest_secret

# A SHA-256 digest in base64url (RFC 7636, section 4.2).
CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
# Section 4.1 of RFC 7636.
CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
MAX_STATE_LENGTH = 4096

Pairs = list[tuple[str, str]]


class StrictCodeGrant(AuthorizationCodeGrant):
    """Accepts PKCE with S256 only, and returns codes in the query only."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def validate_authorization_request(self, request: OAuthRequest) -> Any:  # Any: oauthlib's signature
        scopes, info = super().validate_authorization_request(request)
        if not CODE_CHALLENGE.fullmatch(request.code_challenge):
            raise errors.InvalidRequestError("The code_challenge is not a SHA-256 digest.", request=request)
        if request.response_mode not in (None, "query"):
            raise errors.InvalidRequestError("The only response_mode is query.", request=request)
        return scopes, info

    def validate_token_request(self, request: OAuthRequest) -> None:
        if not CODE_VERIFIER.fullmatch(request.code_verifier or ""):
            raise errors.InvalidRequestError("The code_verifier has to have 43 to 128 characters.", request=request)
        super().validate_token_request(request)


class AuthorizationServer(AuthorizationEndpoint, TokenEndpoint):
    def __init__(self) -> None:
        validator = Validator()
        code = StrictCodeGrant(validator)
        grants = dict(zip(GRANT_TYPES, (code, RefreshTokenGrant(validator), DeviceCodeGrant(validator)), strict=True))
        # The validator replaces the tokens by those of the grant.
        tokens = BearerToken(validator, lambda _request: "", int(settings.ACCESS_TOKEN_LIFETIME.total_seconds()))
        # The stubs say that the tokens are a string.
        AuthorizationEndpoint.__init__(self, "code", tokens, {"code": code})  # type: ignore[arg-type]
        TokenEndpoint.__init__(self, CODE, tokens, grants)  # type: ignore[arg-type]


@cache
def server() -> AuthorizationServer:
    return AuthorizationServer()


class AuthorizationRequest(NamedTuple):
    """A valid request for authorization."""

    query: str
    client: OAuthClient
    redirect_uri: str
    scopes: list[str]
    resource: str
    state: str | None


class RefusedRequest(Exception):
    """The request for authorization is invalid. `address` leads back to a client that this server knows, or is None."""

    def __init__(self, error: errors.OAuth2Error, address: str | None) -> None:
        super().__init__(error.error)
        self.error = error
        self.address = address


def read_authorization_request(request: AnyRequest, query: str) -> AuthorizationRequest:
    """Validate the query. Raises `RefusedRequest`."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
        check_parameters(pairs)
        scopes, info = server().validate_authorization_request(f"/authorize?{urlencode(pairs)}")
    except ValueError:
        raise RefusedRequest(errors.InvalidRequestFatalError("The query cannot be read."), None) from None
    except errors.FatalClientError as error:
        raise RefusedRequest(error, None) from None
    except errors.OAuth2Error as error:
        raise RefusedRequest(error, error_address(request, error)) from None
    resource = find_resource(request, [value for name, value in pairs if name == "resource"])
    if resource is None:
        unknown = InvalidTarget(request=info["request"])
        raise RefusedRequest(unknown, error_address(request, unknown))
    client = info["request"].client
    return AuthorizationRequest(query, client, info["redirect_uri"], scopes, resource, info["state"])


def check_parameters(pairs: Pairs) -> None:
    """Raise a fatal error for a long `state`, or for a parameter that is repeated. Only `resource` may (RFC 8707)."""
    names = [name for name, _ in pairs if name != "resource"]
    if len(set(names)) < len(names):
        raise errors.InvalidRequestFatalError("A parameter occurs more than once.")
    if any(name == "state" and len(value) > MAX_STATE_LENGTH for name, value in pairs):
        raise errors.InvalidRequestFatalError(f"A state may have at most {MAX_STATE_LENGTH} characters.")


def error_address(request: AnyRequest, error: errors.OAuth2Error) -> str | None:
    """Return the redirect URI of a known client with the error."""
    # Never in a fragment, whatever the request asks for.
    error.response_mode = None
    return add_issuer(request, error.in_uri(error.redirect_uri)) if error.redirect_uri else None


def refusal_address(request: AnyRequest, wanted: AuthorizationRequest) -> str:
    """Return the address for a user who has refused."""
    denial = errors.AccessDeniedError("The user has refused.", state=wanted.state)
    return add_issuer(request, denial.in_uri(wanted.redirect_uri))


def success_address(request: AnyRequest, wanted: AuthorizationRequest, issue: Callable[[dict[str, str]], Grant]) -> str:
    """Call `issue` with what the code is bound to, and return the address with the code."""

    def save_code(oauth: OAuthRequest, code: str) -> None:
        issue(
            {
                "code_digest": digest_secret(code),
                "code_challenge": oauth.code_challenge,
                "redirect_uri": oauth.redirect_uri,
                "resource": wanted.resource,
            }
        )

    query = urlencode(parse_qsl(wanted.query, keep_blank_values=True))
    headers, _, _ = server().create_authorization_response(f"/authorize?{query}", credentials={"save_code": save_code})
    return add_issuer(request, headers["Location"])


def add_issuer(request: AnyRequest, address: str) -> str:
    """Add `iss` (RFC 9207), with which a client recognises an answer that another server has caused."""
    parts = urlsplit(address)
    separator = "&" if parts.query else ""
    return urlunsplit(parts._replace(query=f"{parts.query}{separator}{urlencode({'iss': get_issuer(request)})}"))


def exchange(request: AnyRequest, parameters: dict[str, str], resources: Iterable[str]) -> tuple[dict[str, Any], int]:
    """Return the response of the token endpoint and its status (RFC 6749, section 5)."""
    target = find_resource(request, resources) if resources else None
    if resources and target is None:
        return {"error": "invalid_target", "error_description": InvalidTarget.description}, 400
    body = {**parameters, "target": target} if target is not None else parameters
    with transaction.atomic():
        try:
            _, text, status = server().create_token_response("/token", body=body)
        except errors.OAuth2Error as error:
            text, status = error.json, error.status_code
    return json.loads(text), status
