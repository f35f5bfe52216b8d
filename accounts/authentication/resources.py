"""The addresses of this server as an authorisation server and as a protected resource (RFC 8414, 8707 and 9728)."""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from notes_api.rest.public_url import public_url

# The paths below PUBLIC_BASE_URL that tokens can be for: all of it, or only what agents use.
RESOURCES = ("", "/mcp")
AUTHORIZATION_SERVER, PROTECTED_RESOURCE = "oauth-authorization-server", "oauth-protected-resource"

AnyRequest = HttpRequest | Request


def get_issuer(request: AnyRequest) -> str:
    """Return PUBLIC_BASE_URL or, if it only names this machine, the same with the host that the client has named."""
    return public_url(request, settings.PUBLIC_BASE_URL.path)


def well_known(request: AnyRequest, document: str, resource: str = "") -> str:
    """Return the address of a document about this server. The path of what it describes comes last."""
    return public_url(request, f"/.well-known/{document}{settings.PUBLIC_BASE_URL.path}{resource}")


def find_resource(request: AnyRequest, identifiers: Iterable[str]) -> str | None:
    """Return the path that these identifiers name together, or None if one of them is not a resource of this server."""
    issuer = get_issuer(request)
    known = {f"{issuer}{path}": path for path in RESOURCES}
    named = {known.get(each.removesuffix("/")) for each in identifiers}
    if None in named:
        return None
    # Of several, the shorter path contains the other. Without any, the tokens are for all of the server.
    return min((path for path in named if path is not None), default="")


def is_within(path: str, resource: str) -> bool:
    """Return whether a request for this path is for the resource."""
    return not resource or path == resource or path.startswith(f"{resource}/")


def received_path(request: AnyRequest) -> str:
    """Return the path that the client has called. A call of a tool at `/mcp` is also a request for another path."""
    return str(getattr(request, "received_path", None) or request.path_info)


def describe_resource(request: AnyRequest) -> str:
    """Return what a challenge says about where to get tokens (RFC 9728, section 5.1). Empty if OAuth is off."""
    if settings.OAUTH == "off":
        return ""
    path = received_path(request)
    resource = next(each for each in reversed(RESOURCES) if is_within(path, each))
    return f'resource_metadata="{well_known(request, PROTECTED_RESOURCE, resource)}"'
