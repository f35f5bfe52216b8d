"""The endpoints of the authorisation server for programs (RFC 6749, 7009, 7591 and 8628)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from django.conf import settings
from django.http import Http404, QueryDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.resources import find_resource, get_issuer
from accounts.flows.oauth.client_metadata import InvalidMetadata, read_metadata
from accounts.flows.oauth.grant_types import DEVICE_CODE, GRANT_TYPES, REFRESH
from accounts.flows.oauth.server import exchange
from accounts.flows.oauth.validator import known_scopes
from accounts.models import DeviceRequest, OAuthClient
from accounts.models.device_request import INTERVAL, LIFETIME
from accounts.models.grant_secrets import REFRESH_PREFIX
from accounts.scopes import DEFAULT_SCOPES, PROPOSED_SCOPES
from accounts.serializers.login import RefreshSerializer
from accounts.serializers.oauth import (
    ClientMetadataSerializer,
    DeviceAuthorizationSerializer,
    DeviceCodesSerializer,
    ExchangeSerializer,
    GrantTokenSerializer,
    RegisteredClientSerializer,
)
from accounts.throttling import count_client_requests
from accounts.views import examples
from accounts.views.login import OAUTH_ERRORS, OAuthEndpoint, refresh_response
from notes_api.rest.json_types import JSON, JSONObject
from notes_api.rest.operation import PUBLIC, operation
from notes_api.rest.parsers import StrictJSONParser
from notes_api.rest.problems import Problem

# What each error of OAuth means, where oauthlib gives no description.
DESCRIPTIONS = {
    "invalid_client": "This server does not know the client. Register it again.",
    "invalid_grant": "The code or token is invalid, expired or was used before, or the user has ended the access.",
    "invalid_scope": "The user has not allowed this scope.",
    "invalid_target": "This server does not know the resource, or the user has not allowed it.",
    "authorization_pending": "The user has not answered yet. Ask again after the interval.",
    "slow_down": f"Wait at least {INTERVAL} seconds between two requests.",
    "access_denied": "The user has refused.",
    "expired_token": "The device code has expired. Begin again.",
}
METADATA_ERRORS = ("invalid_redirect_uri", "invalid_client_metadata")


class ServerEndpoint(OAuthEndpoint):
    """An endpoint that does not exist with `OAUTH=off`."""

    permission_classes = [AllowAny]
    parser_classes = [FormParser, StrictJSONParser]
    errors = {**OAUTH_ERRORS, **{name: name for name in (*DESCRIPTIONS, *METADATA_ERRORS)}}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # Any: DRF's signature
        if settings.OAUTH == "off":
            raise Http404
        super().initial(request, *args, **kwargs)


class TokenView(ServerEndpoint):
    """Tokens for programs that a user has allowed."""

    @operation(
        "exchangeToken", "Programs", "Get or renew the tokens of a program",
        security=PUBLIC, body={"application/json": ExchangeSerializer}, returns={200: GrantTokenSerializer},
        errors=[401], examples=examples.EXCHANGE_TOKEN,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Exchange an authorization code, a refresh token or a device code for an access token and a refresh token.

        The body is a form as in OAuth 2 (RFC 6749, section 4.1.3), or JSON. A code works once, for a minute, with its
        `code_verifier`. A refresh token works once, too: for 10 seconds after its use it returns the same new tokens
        again, and later use ends the grant. `resource` names where the access token will be used (RFC 8707): the
        address of this server, or that of its `/mcp`.

        The refresh token of a log-in is accepted as well, as by `POST /login/refresh`.
        """
        body, resources = read_parameters(request)
        if body.get("grant_type") == "refresh_token" and not body.get("refresh_token", "").startswith(REFRESH_PREFIX):
            return refresh_response(RefreshSerializer.read(body))
        if body["grant_type"] not in GRANT_TYPES:
            detail = f"This endpoint supports only {', '.join(GRANT_TYPES)}. Owners log in with POST /login."
            raise Problem(400, "unsupported_grant_type", detail)
        members, status = exchange(request, body, resources)
        if status != 200:
            raise oauth_problem(members, status)
        return Response(members)


class RegistrationOfClientsView(ServerEndpoint):
    """Programs introduce themselves."""

    parser_classes = [StrictJSONParser]

    @operation(
        "registerClient", "Programs", "Register a program",
        security=PUBLIC, body=ClientMetadataSerializer, returns={201: RegisteredClientSerializer}, errors=[403, 507],
        examples=examples.REGISTER_CLIENT,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Register a program that will ask users for access (RFC 7591). It gets a `client_id` and no secret.

        Redirect URIs use https, http on the loopback interface with any port, or a private-use scheme. A program whose
        `grant_types` contain the device code and not `authorization_code` needs none. A registration is deleted after a
        day if no user has given the program access. Programs can also use the address of their metadata document as
        `client_id`, without registering.
        """
        if settings.OAUTH != "open":
            detail = "Programs cannot register on this server: ask its operator."
            raise Problem(403, "registration_closed", detail)
        count_client_requests(request, "register")
        sent = ClientMetadataSerializer.read(request.data)
        try:
            metadata = read_metadata(sent)
        except InvalidMetadata as error:
            raise Problem(400, error.code, str(error)) from None
        client = OAuthClient.objects.register(metadata.name, metadata.redirect_uris)
        return Response(describe_client(client, choose_scopes(sent.get("scope"))), status=201)


class DeviceAuthorizationView(ServerEndpoint):
    """The first step of a device without a browser."""

    @operation(
        "authorizeDevice", "Programs", "Ask for permission on another device",
        security=PUBLIC, body={"application/json": DeviceAuthorizationSerializer}, returns={200: DeviceCodesSerializer},
        errors=[401, 507], examples=examples.AUTHORIZE_DEVICE,
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Begin the device flow (RFC 8628): show the user code, and ask `POST /token` until the user has answered."""
        values = DeviceAuthorizationSerializer.read(merge_lists(request.data))
        client = OAuthClient.objects.find(values["client_id"])
        if client is None:
            raise Problem(401, "invalid_client", DESCRIPTIONS["invalid_client"])
        asked = values.get("scope", "").split()
        scopes, resource = known_scopes(asked), find_resource(request, values.get("resource", []))
        if asked and not scopes:
            raise Problem(400, "invalid_scope", "This server has none of these scopes.")
        if resource is None:
            raise Problem(400, "invalid_target", DESCRIPTIONS["invalid_target"])
        count_client_requests(request, "device")
        device = DeviceRequest.objects.begin(client, scopes or DEFAULT_SCOPES, resource)
        return Response(describe_device(device, get_issuer(request)))


def choose_scopes(wanted: object) -> Sequence[str]:
    """Return the scopes for a client: some ask for all scopes of the response to their registration."""
    known = known_scopes(wanted.split()) if isinstance(wanted, str) else []
    return known or PROPOSED_SCOPES


def describe_client(client: OAuthClient, scopes: Sequence[str]) -> JSONObject:
    """Return the client as it is registered (RFC 7591, section 3.2.1)."""
    uses_codes = bool(client.redirect_uris)
    return {
        "client_id": client.identifier,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "client_name": client.name,
        "redirect_uris": client.redirect_uris,
        "grant_types": list(GRANT_TYPES) if uses_codes else [DEVICE_CODE, REFRESH],
        "response_types": ["code"] if uses_codes else [],
        "token_endpoint_auth_method": "none",
        "scope": " ".join(scopes),
    }


def describe_device(device: DeviceRequest, issuer: str) -> JSONObject:
    """Return the codes of a device (RFC 8628, section 3.2)."""
    return {
        "device_code": device.device_code,
        "user_code": device.shown_code,
        "verification_uri": f"{issuer}/device",
        "verification_uri_complete": f"{issuer}/device?user_code={device.shown_code}",
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": INTERVAL,
    }


def oauth_problem(members: Mapping[str, Any], status: int) -> Problem:  # Any: JSON
    error = members["error"]
    detail = members.get("error_description") or DESCRIPTIONS.get(error, "The request is invalid.")
    headers = {"WWW-Authenticate": f'Bearer error="{error}"'} if status == 401 else {}
    return Problem(status, error, detail, headers=headers)


def read_parameters(request: Request) -> tuple[dict[str, str], list[str]]:
    """Return the parameters of a token request, and its resources.

    A client without a secret may name itself as the user of Basic authentication with an empty password.
    """
    values = ExchangeSerializer.read(merge_lists(request.data))
    resources = values.pop("resource", [])
    # An empty parameter counts as omitted (RFC 6749, section 3.2).
    parameters = {name: str(value) for name, value in values.items() if value != ""}
    if "client_id" not in parameters and (client_id := read_basic_user(request)):
        parameters["client_id"] = client_id
    return parameters, resources


def merge_lists(data: JSON) -> JSON:
    """Return a form as an object. Only `resource` may occur more than once; raises `ParseError` for others."""
    if not isinstance(data, QueryDict):
        return data
    if any(len(values) > 1 and name != "resource" for name, values in data.lists()):
        raise ParseError("The form has the same member twice. Send each member once.")
    return {name: values if name == "resource" else values[0] for name, values in data.lists()}


def read_basic_user(request: Request) -> str:
    """Return the user name of Basic authentication without a password, or nothing."""
    scheme, _, encoded = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return "" if password or "\x00" in user else unquote_plus(user)
