"""Test clients whose requests take the same path through the application as those of a server."""

from functools import cache

from django.core.signals import setting_changed
from django.dispatch import receiver
from django.http import HttpResponse
from django.http.response import ResponseHeaders
from rest_framework.test import APIClient, ForceAuthClientHandler

from notes_api.monitoring.access_log import end_request
from notes_api.monitoring.request_record import RequestRecord
from notes_api.rest.problems import choose_request_id
from notes_api.server.short_path import ShortPath


class ProductHandler(ForceAuthClientHandler):
    uses_short_path = True

    def get_response(self, request):
        record = RequestRecord(id=choose_request_id(request.headers.get("X-Request-ID")), method=request.method)
        record.path = request.path_info
        response = record.time_run(lambda: self.respond(request))()
        record.begin_response(response.status_code)
        end_request(record)
        return response

    def respond(self, request):
        short_path = find_short_path()
        view = short_path.find_view(request) if self.uses_short_path else None
        if view is None:
            return super().get_response(request)
        return response_from(short_path.respond(request, view))


@cache
def find_short_path():
    """Return the short path that all clients share until a setting changes."""
    return ShortPath()


@receiver(setting_changed)
def forget_short_path(**values):
    find_short_path.cache_clear()


class ProductClient(APIClient):
    def __init__(self, enforce_csrf_checks=False, **defaults):
        super().__init__(enforce_csrf_checks, **defaults)
        self.handler = ProductHandler(enforce_csrf_checks)


def response_from(raw):
    """Return a response as the client expects it, without its length, which Django leaves to the server."""
    response = raw.stream or HttpResponse(raw.content, status=raw.status)
    headers = {name.decode("ascii"): value.decode("latin-1") for name, value in raw.headers}
    headers.pop("content-length", None)
    response.headers = ResponseHeaders(headers)
    return response
