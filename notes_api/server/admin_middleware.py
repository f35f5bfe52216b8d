"""Django's middleware for sessions, authentication and messages, limited to the admin.

The API does not use them, so requests to it skip their cost.
"""

from typing import Any

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from notes_api.monitoring.request_record import current_record


class AdminOnly:
    """A mixin that skips the middleware for every path outside the admin."""

    get_response: Any  # Any: as in Django's stubs

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/admin/"):
            return super().__call__(request)  # type: ignore[misc,no-any-return]  # of the middleware beside it
        response: HttpResponseBase = self.get_response(request)
        return response


class SessionMiddleware(AdminOnly, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(AdminOnly, auth.AuthenticationMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Record the account for the access log, if the session was looked up."""
        record, user = current_record.get(), getattr(request, "_cached_user", None)
        if record is not None and user is not None:
            record.account_id = user.pk
        return response


class MessageMiddleware(AdminOnly, messages.MessageMiddleware):
    pass
