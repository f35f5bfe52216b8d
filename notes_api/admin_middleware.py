"""Cookies, log-ins and messages of the admin. The API has none of them, and no request to it waits for them."""

from typing import Any

from django.contrib.auth import middleware as auth
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest
from django.http.response import HttpResponseBase


class ForAdmin:
    """Steps aside for every other path."""

    get_response: Any  # Any: as Django's stubs have it

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/admin/"):
            return super().__call__(request)  # type: ignore[misc,no-any-return]  # of the middleware beside it
        response: HttpResponseBase = self.get_response(request)
        return response


class SessionMiddleware(ForAdmin, sessions.SessionMiddleware):
    pass


class AuthenticationMiddleware(ForAdmin, auth.AuthenticationMiddleware):
    pass


class MessageMiddleware(ForAdmin, messages.MessageMiddleware):
    pass
