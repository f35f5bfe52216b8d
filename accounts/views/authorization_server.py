"""What programs can find out about the server (RFC 8414 and 9728)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from accounts.authentication.resources import RESOURCES, get_issuer
from accounts.flows.oauth.grant_types import GRANT_TYPES
from accounts.scopes import PROPOSED_SCOPES, TOKEN_SCOPES
from accounts.views.login import LoginView
from notes_api.rest.decorators import read_only
from notes_api.rest.json_types import JSONObject


@read_only
def authorization_server(request: HttpRequest, path: str = "") -> HttpResponse:
    """Return the metadata (RFC 8414, section 2).

    The path of PUBLIC_BASE_URL comes last in the address that clients use (section 3.1). A proxy that removes the path
    from the beginning of all other addresses passes this one on unchanged.
    """
    base = settings.PUBLIC_BASE_URL
    if path and base.path != f"/{path}":
        raise Http404
    issuer = get_issuer(request)
    metadata = {
        "issuer": issuer,
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint": f"{issuer}/login/revoke",
        "revocation_endpoint_auth_methods_supported": ["none"],
        "service_documentation": f"{issuer}/docs",
        **(log_in_only(issuer) if settings.OAUTH == "off" else grants_for_programs(issuer)),
    }
    return JsonResponse(metadata)


def log_in_only(issuer: str) -> JSONObject:
    """Return what describes a server that issues tokens only to the owner's own clients."""
    return {
        "token_endpoint": f"{issuer}/login",
        "grant_types_supported": list(LoginView.grants),
        "response_types_supported": [],
    }


def grants_for_programs(issuer: str) -> JSONObject:
    is_open = settings.OAUTH == "open"
    return {
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "device_authorization_endpoint": f"{issuer}/device/authorization",
        **({"registration_endpoint": f"{issuer}/register"} if is_open else {}),
        "grant_types_supported": list(GRANT_TYPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": list(TOKEN_SCOPES),
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": is_open,
    }


@read_only
def protected_resource(request: HttpRequest, path: str = "") -> HttpResponse:
    """Return which authorisation server issues tokens for this server, or for its `/mcp` (RFC 9728, section 2)."""
    base, issuer = settings.PUBLIC_BASE_URL.path, get_issuer(request)
    known = {f"{prefix}{resource}".strip("/"): resource for prefix in ("", base) for resource in RESOURCES}
    if settings.OAUTH == "off" or path not in known:
        raise Http404
    metadata = {
        "resource": f"{issuer}{known[path]}",
        "authorization_servers": [issuer],
        "scopes_supported": list(PROPOSED_SCOPES),
        "bearer_methods_supported": ["header"],
        "resource_name": "Cloud Notes",
        "resource_documentation": f"{issuer}/docs",
    }
    return JsonResponse(metadata)
