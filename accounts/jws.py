"""The one form that our tokens have (JWS compact serialization: RFC 7515, section 7.1).

Decoders read more than is ever written: characters that are no base64url, bits beyond the last byte, a member named
twice. A token altered in such a way would be a second one with the same signature, so it is refused.
"""

from base64 import urlsafe_b64encode
from typing import Any

from jwt import InvalidTokenError
from jwt.utils import base64url_decode
from rest_framework.exceptions import ParseError

from notes_api.parsers import loads


def header_of(token: str) -> dict[str, Any]:  # Any: JSON
    """The header, not verified; raises `InvalidTokenError` unless the token has that form."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidTokenError("not three parts")
    header, payload, _ = map(decoded, parts)
    members(payload)
    return members(header)


def decoded(part: str) -> bytes:
    try:
        value = base64url_decode(part)
    except ValueError as error:
        raise InvalidTokenError("not base64url") from error
    if urlsafe_b64encode(value).rstrip(b"=").decode() != part:
        raise InvalidTokenError("not as base64url is written")
    return value


def members(text: bytes) -> dict[str, Any]:  # Any: JSON
    try:
        value = loads(text.decode())
    except (UnicodeDecodeError, ParseError) as error:
        raise InvalidTokenError("not strict JSON") from error
    if not isinstance(value, dict):
        raise InvalidTokenError("not an object")
    return value
