"""The token in the `Authorization` header (RFC 6750, section 2.1)."""


def read_bearer_token(authorization: bytes) -> bytes | None:
    """Return what follows `Bearer` in the value of the header, or None without this scheme."""
    scheme, _, token = authorization.partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else None
