"""The addresses in responses."""

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request


def public_url(request: HttpRequest | Request, path: str) -> str:
    """Return the address at which clients reach the path, which has the prefix of PUBLIC_BASE_URL already.

    It begins with the host of PUBLIC_BASE_URL, because behind a proxy the request may name an inner host. The default
    of PUBLIC_BASE_URL names this machine: then the address begins with the host that the client has named.
    """
    base = settings.PUBLIC_BASE_URL
    return f"{request.scheme}://{request.get_host()}{path}" if base.is_local else f"{base.origin}{path}"
