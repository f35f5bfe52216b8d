"""The pages on which a user logs in and decides what a program may do.

The log-in counts only for this page. It begins a session that has no tokens and ends with the answer or after ten
minutes. The form carries its id, signed, and works only together with the cookie that the browser got with the page.
So no other site can send the form, nobody else can use it, and no request to the API is authenticated by it.

If a one-time code is needed, the form in between carries that the password was correct, and not the password.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import ClassVar, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpResponse
from django.utils.crypto import constant_time_compare
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.exceptions import SessionEnded
from accounts.flows.oauth.consent import Decision
from accounts.flows.oauth.swagger_client import is_swagger
from accounts.models import OAuthClient, Session, User
from accounts.models.redirect_uris import form_target, host_of
from accounts.scopes import SCOPE_TEXTS, Scope
from accounts.serializers.api_tokens import MAX_TAG_LIMIT
from accounts.views.html_page import POLICY, HtmlPage
from notes_api.rest.public_path import public_path
from notes_api.rest.tag_names import InvalidTag, clean_tags

TEMPLATE = "accounts/permission.html"
COOKIE = "notes_permission"
PAGE_LIFETIME = timedelta(minutes=10)
NAME_PARTS = re.compile(r"[^.@]+[.@]*|[.@]+")


class PageExpired(APIException):
    status_code = 400
    default_code = "page_expired"
    default_detail = (
        "This page has expired, was answered already, or was opened in another browser. Go back to the program and "
        "start again."
    )


class PermissionRequest(NamedTuple):
    """What a program asks a user."""

    # What the form carries to find this again.
    subject: str
    client: OAuthClient
    scopes: Sequence[str]
    # Where the browser goes after the answer; empty for a device.
    redirect_uri: str
    # The path that the tokens are for; empty for all of the server.
    resource: str
    # What the device shows, for the user to compare (RFC 8628, section 3.3.1); empty for a browser.
    user_code: str = ""


class PasswordProof(NamedTuple):
    """That a user has typed the password. A one-time code is still missing."""

    user_id: str
    # Changes with the password.
    password_digest: str


class Form(NamedTuple):
    """The signed part of the form."""

    subject: str
    session_id: UUID | None
    proof: PasswordProof | None


class PermissionPage(HtmlPage):
    """What the page of the question and its log-in share."""

    path: ClassVar[str]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        if settings.OAUTH == "off":
            raise Http404
        super().initial(request, *args, **kwargs)

    def load_request(self, subject: str) -> PermissionRequest:
        """Return what the subject of the form asks. Raises `APIException` if it can no longer be answered."""
        raise NotImplementedError

    def allow(self, asked: PermissionRequest, session: Session, decision: Decision) -> HttpResponse:
        """Raises `SessionEnded` and `OAuthClient.DoesNotExist`."""
        raise NotImplementedError

    def refuse(self, asked: PermissionRequest, session: Session | None) -> HttpResponse:
        raise NotImplementedError

    def show_log_in(self, asked: PermissionRequest, status: int = 200, **context: object) -> HttpResponse:
        return self.show(asked, None, status, title="Log in to decide", action="/login", **context)

    def show_code(self, asked: PermissionRequest, user: User, status: int = 200, **context: object) -> HttpResponse:
        proof = PasswordProof(str(user.pk), user.get_session_auth_hash())
        return self.show(
            asked,
            proof,
            status,
            title="Enter your one-time code",
            action="/login",
            code_of=break_at_dots(user.email),
            **context,
        )

    def show_question(
        self, asked: PermissionRequest, session: Session, status: int = 200, **context: object
    ) -> HttpResponse:
        title = f"Allow {asked.client.name} to use your notes?"
        scopes = [(scope, *SCOPE_TEXTS[Scope(scope)]) for scope in asked.scopes]
        chosen = context.pop("chosen", asked.scopes)
        return self.show(
            asked, session, status, title=title, action="", account=break_at_dots(session.user.email), scopes=scopes,
            chosen=chosen, shows_address=not asked.resource, days=settings.REFRESH_TOKEN_LIFETIME.days, **context,
        )  # fmt: skip

    def show(
        self, asked: PermissionRequest, progress: Session | PasswordProof | None, status: int, **context: object
    ) -> HttpResponse:
        """Show a step of the page. The form carries what the log-in has reached."""
        cookie = self.request.COOKIES.get(COOKIE, "") or secrets.token_urlsafe(32)
        if asked.redirect_uri:
            # Browsers apply the policy to the redirect after the form, too.
            target = form_target(asked.redirect_uri)
            self.headers["Content-Security-Policy"] = POLICY.replace(
                "form-action 'self'", f"form-action 'self' {target}"
            )
        context |= {
            "template": TEMPLATE,
            "path": public_path(self.request, f"{self.path}{context['action']}"),
            "form": self.sign_form(asked.subject, progress, cookie),
            "client": asked.client,
            "code": asked.user_code,
            "is_swagger": is_swagger(asked.client, self.request),
            "described_at": break_at_dots(asked.client.host),
            "destination": break_at_dots(asked.redirect_uri and host_of(asked.redirect_uri)),
        }
        response = Response(context, status=status)
        self.set_cookie(response, cookie)
        return response

    def sign_form(self, subject: str, progress: Session | PasswordProof | None, cookie: str) -> str:
        session_id = str(progress.pk) if isinstance(progress, Session) else None
        proof = progress if isinstance(progress, PasswordProof) else None
        return signing.dumps([subject, session_id, proof, digest(cookie)], salt=self.path, compress=True)

    def set_cookie(self, response: HttpResponse, value: str) -> None:
        path, is_secure = f"{settings.PUBLIC_BASE_URL.path}{self.path}", settings.PUBLIC_BASE_URL.is_https
        age = int(PAGE_LIFETIME.total_seconds()) * 6
        response.set_cookie(COOKIE, value, age, path=path, secure=is_secure, httponly=True, samesite="Lax")

    def read_form(self, request: Request) -> Form:
        """Return the signed part of the form. Raises `PageExpired` unless this browser has got the page here."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise PageExpired
        try:
            subject, session_id, proof, cookie = signing.loads(
                request.POST.get("form", ""), salt=self.path, max_age=PAGE_LIFETIME
            )
        except signing.BadSignature:
            raise PageExpired from None
        if not constant_time_compare(cookie, digest(request.COOKIES.get(COOKIE, ""))):
            raise PageExpired
        return Form(subject, session_id and UUID(session_id), proof and PasswordProof(*proof))


class DecisionStep(PermissionPage):
    """Does what the user decides."""

    def post(self, request: Request) -> HttpResponse:
        form = self.read_form(request)
        asked, session = self.load_request(form.subject), find_session(form.session_id)
        if request.POST.get("decision") != "allow":
            return self.refuse(asked, session)
        chosen = [scope for scope in request.POST.getlist("scope") if scope in asked.scopes]
        typed = request.POST.get("tags", "")
        try:
            decision = Decision(chosen, read_tags(typed))
        except InvalidTag as error:
            return self.show_question(asked, session, 400, chosen=chosen, tags=typed, error=str(error))
        if not chosen:
            return self.show_question(asked, session, 400, chosen=[], tags=typed, error="Choose what to allow.")
        try:
            return self.allow(asked, session, decision)
        except (SessionEnded, OAuthClient.DoesNotExist):
            raise PageExpired from None


def read_tags(typed: str) -> list[str]:
    """Return the tags between the commas. Raises `InvalidTag`."""
    return clean_tags((name for name in typed.split(",") if name.strip()), MAX_TAG_LIMIT)


def find_session(session_id: UUID | None) -> Session:
    """Return the session of the page with its account. Raises `PageExpired` if it has ended."""
    usable = Session.objects.usable_among([] if session_id is None else [session_id])
    session = usable.select_related("user").first()
    if session is None:
        raise PageExpired
    return session


def redirect(address: str) -> HttpResponse:
    """Return a redirect that browsers follow with GET (RFC 9700, section 4.12)."""
    response = HttpResponse(status=303)
    # Not `HttpResponseRedirect`, which refuses the schemes of apps.
    response.headers["Location"] = address
    return response


def digest(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()


def break_at_dots(name: str) -> SafeString:
    """Return a host name or an address as HTML that a small screen breaks at dots."""
    return format_html_join(mark_safe("<wbr>"), "{}", ((part,) for part in NAME_PARTS.findall(name)))
