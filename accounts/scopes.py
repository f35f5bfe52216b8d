"""The scopes of credentials (RFC 6749, section 3.3)."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    READ = "notes:read"
    WRITE = "notes:write"
    # Create notes without reading any: for a form on a web page, a sensor, a shared computer.
    APPEND = "notes:append"
    # Everything that is not about notes. Login sessions have it; API tokens cannot.
    ACCOUNT = "account"


TOKEN_SCOPES = (Scope.READ, Scope.WRITE, Scope.APPEND)
LOGIN_SCOPES = frozenset(Scope)


def expand_scopes(scopes: Collection[str]) -> frozenset[Scope]:
    """Return everything that a token with these scopes may do. Unknown scopes are ignored."""
    granted = {scope for scope in TOKEN_SCOPES if scope in scopes}
    return frozenset(TOKEN_SCOPES if Scope.WRITE in granted else granted)
