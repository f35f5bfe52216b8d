"""Where the links in mails lead: a page with a form, and one that says what came of it.

Following a link does nothing, for what scans mail follows links as well: the form does, by POST. The token is the only
credential and no cookie is read, so there is nothing to forge across sites.
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
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.models import MailLink
from accounts.problems import InvalidLink
from accounts.serializers.email import VerificationSerializer
from accounts.serializers.password import ResetConfirmSerializer
from accounts.views.email import follow
from accounts.views.password import reset

# The address of the page holds the token: nobody may keep the one or hear of the other.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
ADVICE = {
    "invalid_token": "Ask for a new one in the app where you asked for this one.",
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
    """Takes no notice of further parameters: mail programs add some of their own."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parser_classes = [FormParser]

    serializer_class: type[Serializer[Any]]  # Any: no instance
    purposes: tuple[MailLink.Purpose, ...]
    texts: Mapping[str, str]
    done: Mapping[str, str]
    confirm: Callable[..., None]

    def get(self, request: Request) -> Response:
        return Response(self.form(request.query_params.get("token", "")))

    def post(self, request: Request) -> Response:
        serializer = self.serializer_class(data=request.data)
        try:
            serializer.is_valid(raise_exception=True)
            self.confirm(**serializer.validated_data)
        except ValidationError as error:
            # Whoever has the right form can get nothing wrong but the password.
            if not isinstance(error.detail, dict) or error.detail.keys() != {"new_password"}:
                raise InvalidLink from None
            return Response(self.form(serializer.initial_data["token"], error.detail["new_password"]), status=400)
        return Response(self.done)

    def form(self, token: str, errors: Iterable[object] = ()) -> dict[str, object]:
        try:
            link = MailLink.objects.read(token, *self.purposes)
        except MailLink.DoesNotExist:
            raise InvalidLink from None
        return {
            **self.texts,
            "path": self.request.path,
            "token": token,
            "address": link.address,
            "asks_password": "new_password" in self.serializer_class().fields,
            "min_length": settings.PASSWORD_MIN_LENGTH,
            "errors": errors,
        }

    def handle_exception(self, exc: Exception) -> Response:
        """The problem that the API would answer, in words."""
        refusal = super().handle_exception(exc)
        self.request.accepted_renderer = PageRenderer()
        self.request.accepted_media_type = PageRenderer.media_type
        refusal.content_type = None
        text = f"{refusal.data['detail']} {ADVICE.get(refusal.data['code'], '')}"
        refusal.data = {"title": "This did not work", "text": text}
        return refusal

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        return PageRenderer(), PageRenderer.media_type

    @property
    def default_response_headers(self) -> dict[str, str]:
        return {**super().default_response_headers, **HEADERS}


class ResetPage(LinkPage):
    serializer_class = ResetConfirmSerializer
    purposes = (MailLink.Purpose.RESET,)
    texts = {"title": "Set a new password", "button": "Set password"}
    done = {
        "title": "Your new password is set",
        "text": "Every device was logged out. Go back to your app and log in with the new password.",
    }
    confirm = staticmethod(reset)


class VerificationPage(LinkPage):
    serializer_class = VerificationSerializer
    purposes = (MailLink.Purpose.VERIFY, MailLink.Purpose.CHANGE)
    texts = {"title": "Confirm your address", "button": "Confirm"}
    done = {"title": "Your address is confirmed", "text": "Go back to your app. This is the address to log in with."}
    confirm = staticmethod(follow)


def page_or_api(page: type[LinkPage], api: type[APIView]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Browsers get the page and send its form; everybody else talks to the API, whose document knows no page."""
    page_view, api_view = page.as_view(), api.as_view()

    @wraps(api_view)
    def view(request: HttpRequest) -> HttpResponseBase:
        return (page_view if is_of_a_browser(request) else api_view)(request)

    return view


def is_of_a_browser(request: HttpRequest) -> bool:
    """Whether HTML is asked for by name, which clients that take anything do not do."""
    if "text/html" not in request.headers.get("Accept", "").lower():
        return False
    is_form = request.content_type == FormParser.media_type
    return request.method in ("GET", "HEAD") or (request.method == "POST" and is_form)
