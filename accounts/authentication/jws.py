"""Check that a token has exactly the form that this server writes (JWS compact serialization: RFC 7515, section 7.1).

Decoders accept more than that: characters outside base64url, bits beyond the last byte, repeated members. A token
altered in one of these ways would be a second valid token with the same signature, so it is rejected.
"""

from base64 import urlsafe_b64encode

from jwt import InvalidTokenError
from jwt.utils import base64url_decode
from rest_framework.exceptions import ParseError

from notes_api.rest.json_types import JSONObject
from notes_api.rest.parsers import loads


def read_header(token: str) -> JSONObject:
    """Return the unverified header. Raises `InvalidTokenError` if the token has any other form."""
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidTokenError("not three parts")
    header, payload, _ = map(decode_part, parts)
    parse_object(payload)
    return parse_object(header)


def decode_part(part: str) -> bytes:
    """Decode base64url that is in its canonical form, without padding."""
    try:
        value = base64url_decode(part)
    except ValueError as error:
        raise InvalidTokenError("not base64url") from error
    if urlsafe_b64encode(value).rstrip(b"=").decode() != part:
        raise InvalidTokenError("not canonical base64url")
    return value


def parse_object(text: bytes) -> JSONObject:
    try:
        value = loads(text.decode())
    except (UnicodeDecodeError, ParseError) as error:
        raise InvalidTokenError("not strict JSON") from error
    if not isinstance(value, dict):
        raise InvalidTokenError("not an object")
    return value
