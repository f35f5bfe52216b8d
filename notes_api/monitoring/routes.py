"""What the log shows of a path: the pattern of its route, without anything that a client chose."""

import re
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

# A path parameter in a pattern of `path()`, such as <id:pk>, or in one of `re_path()`, such as (?P<url>.*).
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
STATIC_PATH = "/static/"
UNKNOWN = "/{unknown}"


def describe_request_path(request: HttpRequest) -> str:
    """Return the route of this request: `/tags/{name}`."""
    # The check of credentials before a long body routes every path to one view.
    match = None if hasattr(request, "urlconf") else request.resolver_match
    return describe_path(request.path_info) if match is None else describe_route(match.route)


def describe_path(path: str) -> str:
    """Return the route of this path."""
    if path.startswith(STATIC_PATH):
        return f"{STATIC_PATH}{{path}}"
    try:
        return describe_route(resolve(path, settings.ROOT_URLCONF).route)
    except Resolver404:
        return UNKNOWN


@lru_cache(512)
def describe_route(pattern: str) -> str:
    """Return a pattern of a URLconf as the API document writes it: `/notes/{id}` for `notes/<id:pk>`."""
    return "/" + PARAMETER.sub(describe_parameter, pattern).replace("^", "").removesuffix("$")


def describe_parameter(parameter: re.Match[str]) -> str:
    name = parameter[1] or parameter[2]
    return "{id}" if name == "pk" else f"{{{name}}}"
