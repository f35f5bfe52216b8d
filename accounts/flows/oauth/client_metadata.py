"""What clients say about themselves, in a registration (RFC 7591, section 2) or in a document at their `client_id`."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from accounts.models.redirect_uris import check_redirect_uri, host_of

MAX_REDIRECT_URIS = 10
MAX_NAME_LENGTH = 100
# Control characters, line ends, and marks that are invisible or change the direction of text: they make names look like
# others.
DECEPTIVE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+"
)


class InvalidMetadata(Exception):
    """The metadata cannot be accepted. `code` is the error of RFC 7591, section 3.2.2."""

    def __init__(self, detail: str, code: str = "invalid_client_metadata") -> None:
        super().__init__(detail)
        self.code = code


class ClientMetadata(NamedTuple):
    name: str
    redirect_uris: list[str]


def read_metadata(metadata: Mapping[str, object]) -> ClientMetadata:
    """Return what this server uses of the metadata. Other members are ignored. Raises `InvalidMetadata`."""
    uris = read_redirect_uris(metadata.get("redirect_uris"))
    require_supported(metadata, "grant_types", "authorization_code")
    require_supported(metadata, "response_types", "code")
    name = metadata.get("client_name", "")
    if not isinstance(name, str):
        raise InvalidMetadata("client_name is not a string.")
    return ClientMetadata(clean_name(name) or host_of(uris[0]), uris)


def read_redirect_uris(uris: object) -> list[str]:
    if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) for uri in uris):
        raise InvalidMetadata("redirect_uris has to be a list of at least one URI.", "invalid_redirect_uri")
    if len(uris) > MAX_REDIRECT_URIS:
        raise InvalidMetadata(f"At most {MAX_REDIRECT_URIS} redirect URIs.", "invalid_redirect_uri")
    for uri in uris:
        if error := check_redirect_uri(uri):
            raise InvalidMetadata(error, "invalid_redirect_uri")
    return list(dict.fromkeys(uris))


def require_supported(metadata: Mapping[str, object], member: str, needed: str) -> None:
    """Raise `InvalidMetadata` if a list of the metadata leaves out what this server supports."""
    values = metadata.get(member)
    if values is not None and (not isinstance(values, list) or needed not in values):
        raise InvalidMetadata(f"{member} has to contain {needed}.")


def clean_name(name: str) -> str:
    """Return the name as one line of visible text, not longer than what is stored."""
    return " ".join(DECEPTIVE.sub(" ", name).split())[:MAX_NAME_LENGTH].strip()
