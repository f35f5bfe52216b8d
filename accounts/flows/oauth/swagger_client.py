"""Swagger UI at `/docs`, a client that is part of the server, so that it needs no registration.

Its `client_id` is the address of the page. It can be answered only at a page below that.
"""

from accounts.authentication.resources import AnyRequest, get_issuer
from accounts.models import OAuthClient


def swagger_identifier(request: AnyRequest) -> str:
    return f"{get_issuer(request)}/docs"


def is_swagger(client: OAuthClient, request: AnyRequest) -> bool:
    return client.identifier == swagger_identifier(request)


def store_swagger(request: AnyRequest) -> None:
    """Store the client. The purge deletes it when nobody has used it for long."""
    identifier = swagger_identifier(request)
    OAuthClient.objects.store_built_in(identifier, "Swagger UI", f"{identifier}/oauth2-redirect.html")
