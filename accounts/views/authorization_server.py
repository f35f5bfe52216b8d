"""What OAuth clients can find out about the server (RFC 8414)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from accounts.views.login import LoginView
from notes_api.rest.decorators import read_only


@read_only
def authorization_server(request: HttpRequest, path: str = "") -> HttpResponse:
    """Return the metadata. It has no authorization endpoint, so no response types are supported.

    The path of PUBLIC_BASE_URL comes last in the address that clients use (section 3.1). A proxy that removes the path
    from the beginning of all other addresses passes this one on unchanged.
    """
    base = settings.PUBLIC_BASE_URL
    if path and base.path != f"/{path}":
        raise Http404
    metadata = {
        "issuer": f"{base}",
        "token_endpoint": f"{base}/login",
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint": f"{base}/login/revoke",
        "revocation_endpoint_auth_methods_supported": ["none"],
        "grant_types_supported": list(LoginView.grants),
        "response_types_supported": [],
        "service_documentation": f"{base}/docs",
    }
    return JsonResponse(metadata)
