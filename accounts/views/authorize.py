"""The page to which a program sends the browser of a user (RFC 6749, section 3.1)."""

from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings
from django.http import HttpResponse
from rest_framework.exceptions import APIException, Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.flows.oauth.client_documents import (
    DocumentUnavailable,
    ServerUnavailable,
    fetch_client,
    is_document_address,
)
from accounts.flows.oauth.consent import Decision, allow, refuse
from accounts.flows.oauth.server import (
    RefusedRequest,
    read_authorization_request,
    refusal_address,
    success_address,
)
from accounts.flows.oauth.swagger_client import store_swagger, swagger_identifier
from accounts.models import OAuthClient, Session
from accounts.throttling import count_client_requests
from accounts.views.permission_log_in import LogInStep
from accounts.views.permission_pages import DecisionStep, PermissionPage, PermissionRequest, redirect

UNKNOWN_CLIENT = "This server does not know the program that sent you here. The program has to register again."
UNKNOWN_TO_CLOSED_SERVER = (
    "This server does not know the program that sent you here, and accepts no new programs by itself. Ask its operator."
)
REMOVED_CLIENT = "The operator of this server has removed the program that sent you here. It gets no access."
UNKNOWN_ADDRESS = (
    "The program asks to be answered at an address that it has not registered. This may be an attack, so you are not "
    "sent there."
)
# What the page says instead of the words of oauthlib.
FATAL_TEXTS = {
    "MissingClientIdError": "This page is for programs: one has to send you here.",
    "InvalidClientIdError": UNKNOWN_CLIENT,
    "MismatchingRedirectURIError": UNKNOWN_ADDRESS,
    "InvalidRedirectURIError": UNKNOWN_ADDRESS,
    "MissingRedirectURIError": UNKNOWN_ADDRESS,
}


class InvalidRequest(APIException):
    status_code = 400
    default_code = "invalid_request"

    def __init__(self, detail: str, back: str | None = None) -> None:
        super().__init__(detail)
        self.back = back


class AuthorizationPage(PermissionPage):
    path = "/authorize"

    def load_request(self, subject: str) -> PermissionRequest:
        try:
            wanted = read_authorization_request(self.request, subject)
        except RefusedRequest as refusal:
            raise invalid_request(refusal) from None
        return PermissionRequest(subject, wanted.client, wanted.scopes, wanted.redirect_uri, wanted.resource)

    def allow(self, asked: PermissionRequest, session: Session, decision: Decision) -> HttpResponse:
        wanted = read_authorization_request(self.request, asked.subject)
        issue = lambda bound_to: allow(session, wanted.client, decision, **bound_to)  # noqa: E731  # one line
        return redirect(success_address(self.request, wanted, issue))

    def refuse(self, asked: PermissionRequest, session: Session | None) -> HttpResponse:
        if session is not None:
            refuse(session)
        return redirect(refusal_address(self.request, read_authorization_request(self.request, asked.subject)))

    def handle_exception(self, exc: Exception) -> Response:
        """Add the way back to the program. Nobody is sent there without a click (RFC 9700, section 4.11.2)."""
        response = super().handle_exception(exc)
        if isinstance(exc, InvalidRequest) and exc.back is not None:
            response.data["back"] = exc.back
        return response


class AuthorizePage(AuthorizationPage, DecisionStep):
    def get(self, request: Request) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        with suppress(ValueError):
            for client_id in parse_qs(query, max_num_fields=100).get("client_id", [])[:1]:
                load_client(request, client_id)
        return self.show_log_in(self.load_request(query))


class LogInPage(AuthorizationPage, LogInStep):
    pass


def load_client(request: Request, client_id: str) -> None:
    """Store the client if it does not have to register: Swagger UI, or one with a metadata document.

    One that staff have removed is not fetched and stays removed. Raises `InvalidRequest`.
    """
    is_own = client_id == swagger_identifier(request)
    if not is_own and (not is_document_address(client_id) or settings.OAUTH != "open"):
        return
    stored = OAuthClient.objects.find(client_id)
    is_current = stored is not None and not stored.is_stale
    if is_current or OAuthClient.objects.is_removed(client_id):
        return
    try:
        count_client_requests(request, "document")
        if is_own:
            store_swagger(request)
        else:
            fetch_client(client_id)
    except (DocumentUnavailable, Throttled) as error:
        # The last document is good enough for a day while the client's server is away.
        if stored is None or stored.is_outdated or not isinstance(error, Throttled | ServerUnavailable):
            raise InvalidRequest(str(error)) from None


def invalid_request(refusal: RefusedRequest) -> InvalidRequest:
    error: Any = refusal.error  # Any: oauthlib's errors
    text = FATAL_TEXTS.get(type(error).__name__)
    if text == UNKNOWN_CLIENT:
        text = explain_unknown_client(error.client_id)
    return InvalidRequest(
        text or f"The request of the program is invalid. {error.description or error.error}", refusal.address
    )


def explain_unknown_client(client_id: str) -> str:
    if OAuthClient.objects.is_removed(client_id):
        return REMOVED_CLIENT
    return UNKNOWN_CLIENT if settings.OAUTH == "open" else UNKNOWN_TO_CLOSED_SERVER
