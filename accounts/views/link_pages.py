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
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import MailLink
from accounts.problems import InvalidLink
from accounts.serializers.email import VerificationSerializer
from accounts.serializers.password import ResetConfirmSerializer
from accounts.views.email import follow_link
from accounts.views.html_page import PAGE_HEADERS, HtmlPage
from accounts.views.password import reset_password
from notes_api.rest.negotiation import is_html_preferred
from notes_api.rest.serializers import RequestSerializer

ADVICE = {
    "invalid_token": "Request a new link in the app where you requested this one.",
    "email_taken": "Log in to that account, or choose another address for this one.",
}


class LinkPage(HtmlPage):
    """A page with a form for the token of a mail. It ignores other parameters, because mail programs add their own."""

    # The URL of the page contains the token: no other site may learn it.
    page_headers = {**PAGE_HEADERS, "Referrer-Policy": "no-referrer"}

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

    def error_context(self, problem: Mapping[str, Any]) -> dict[str, object]:  # Any: JSON
        context = super().error_context(problem)
        return {**context, "text": f"{context['text']} {ADVICE.get(problem['code'], '')}"}


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
