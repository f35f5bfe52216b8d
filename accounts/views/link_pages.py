"""The pages that links in mails lead to: a form, and a page with the result.

Mail scanners follow links too, so GET changes nothing: only the form does, by POST. The token is the only credential
and no cookie is read, so cross-site requests cannot be forged.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import MailLink
from accounts.problems import InvalidLink
from accounts.serializers.email import VerificationSerializer
from accounts.serializers.password import ResetConfirmSerializer
from accounts.views.email import follow_link
from accounts.views.password import reset_password
from notes_api.rest.negotiation import is_html_preferred
from notes_api.rest.serializers import RequestSerializer

# The URL of the page contains the token: no cache may store the page, and no other site may learn the URL.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
ADVICE = {
    "invalid_token": "Request a new link in the app where you requested this one.",
    "email_taken": "Log in to that account, or choose another address for this one.",
}


class PageRenderer(BaseRenderer):
    media_type = "text/html"
    format = "html"
    charset = "utf-8"

    def render(
        self,
        data: Mapping[str, object],
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,  # Any: DRF's signature
    ) -> str:
        return render_to_string("accounts/link.html", dict(data))


class LinkPage(APIView):
    """A page with a form for the token of a mail. It ignores other parameters, because mail programs add their own."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser]

    serializer_class: type[RequestSerializer]
    purposes: tuple[MailLink.Purpose, ...]
    form_text: Mapping[str, str]
    success_text: Mapping[str, str]
    confirm: Callable[..., None]

    def get(self, request: Request) -> Response:
        return Response(self.form_context(request.query_params.get("token", "")))

    def post(self, request: Request) -> Response:
        try:
            self.confirm(**self.serializer_class.read(request.data))
        except ValidationError as error:
            # In our own form, only the password can be invalid.
            if not isinstance(error.detail, dict) or error.detail.keys() != {"new_password"}:
                raise InvalidLink from None
            return Response(self.form_context(request.POST["token"], error.detail["new_password"]), status=400)
        return Response(self.success_text)

    def form_context(self, token: str, errors: Iterable[object] = ()) -> dict[str, object]:
        try:
            link = MailLink.objects.get_by_token(token, *self.purposes)
        except MailLink.DoesNotExist:
            raise InvalidLink from None
        return {
            **self.form_text,
            "path": self.request.path,
            "token": token,
            "address": link.address,
            "asks_password": "new_password" in self.serializer_class().fields,
            "min_length": settings.PASSWORD_MIN_LENGTH,
            "errors": errors,
        }

    def handle_exception(self, exc: Exception) -> Response:
        """Show the error that the API would return, as a page."""
        response = super().handle_exception(exc)
        self.request.accepted_renderer = PageRenderer()
        self.request.accepted_media_type = PageRenderer.media_type
        response.content_type = None
        text = f"{response.data['detail']} {ADVICE.get(response.data['code'], '')}"
        response.data = {"title": "This did not work", "text": text}
        return response

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        return PageRenderer(), PageRenderer.media_type

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, **HEADERS}


class ResetPage(LinkPage):
    serializer_class = ResetConfirmSerializer
    purposes = (MailLink.Purpose.RESET,)
    form_text = {"title": "Set a new password", "button": "Set password"}
    success_text = {
        "title": "Your new password is set",
        "text": "You are logged out on every device. Go back to your app and log in with the new password.",
    }
    confirm = staticmethod(reset_password)


class VerificationPage(LinkPage):
    serializer_class = VerificationSerializer
    purposes = (MailLink.Purpose.VERIFY, MailLink.Purpose.CHANGE)
    form_text = {"title": "Confirm your address", "button": "Confirm"}
    success_text = {
        "title": "Your address is confirmed",
        "text": "Go back to your app. This is the address to log in with.",
    }
    confirm = staticmethod(follow_link)


def page_or_api(page: type[LinkPage], api: type[APIView]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Serve the page to browsers and the API to all other clients. The OpenAPI document describes only the API."""
    page_view, api_view = page.as_view(), api.as_view()

    @wraps(api_view)
    def view(request: HttpRequest) -> HttpResponseBase:
        return (page_view if is_from_browser(request) else api_view)(request)

    return view


def is_from_browser(request: HttpRequest) -> bool:
    """Whether `Accept` names HTML, unlike the `*/*` of other clients."""
    if not is_html_preferred(request.headers.get("Accept", "*/*")):
        return False
    is_form = request.content_type == FormParser.media_type
    return request.method in ("GET", "HEAD") or (request.method == "POST" and is_form)
