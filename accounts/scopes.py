"""What credentials may do (RFC 6749, section 3.3)."""

from collections.abc import Collection
from enum import StrEnum


class Scope(StrEnum):
    READ = "notes:read"
    WRITE = "notes:write"
    # Adding without reading: for a form on a web page, a sensor, a shared computer.
    APPEND = "notes:append"
    # Whatever is not about notes. Log-ins have it; no token can be given it.
    ACCOUNT = "account"


OF_TOKENS = (Scope.READ, Scope.WRITE, Scope.APPEND)
OF_LOGINS = frozenset(Scope)


def implied_by(scopes: Collection[str]) -> frozenset[Scope]:
    """What a token with these scopes may do; whatever else stands among them is worth nothing."""
    granted = {scope for scope in OF_TOKENS if scope in scopes}
    return frozenset(OF_TOKENS if Scope.WRITE in granted else granted)
