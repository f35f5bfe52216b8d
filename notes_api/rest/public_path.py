"""The paths in responses."""

from django.http import HttpRequest
from rest_framework.request import Request


def public_path(request: HttpRequest | Request, path: str) -> str:
    """Return the path at which clients reach a path of this server, behind a proxy that removes a prefix."""
    return f"{request.META.get('SCRIPT_NAME', '')}{path}"
