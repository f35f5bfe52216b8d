"""What clients say about themselves, in a registration (RFC 7591, section 2) or in a document at their `client_id`."""

import re
from collections.abc import Mapping
from typing import NamedTuple
from unicodedata import category

from accounts.flows.oauth.grant_types import CODE, DEVICE_CODE
from accounts.models.redirect_uris import check_redirect_uri, host_of

MAX_REDIRECT_URIS = MAX_GRANT_TYPES = 10
NAMELESS_DEVICE = "A device without a name"
# Characters of a name: as many are stored, and as many are read.
MAX_NAME_LENGTH, MAX_READ_LENGTH = 100, 1000
# Categories of characters that are invisible, change the direction of text or have no shape that all fonts share: they
# make names look like others. Letters and marks that are blank do so too.
DECEPTIVE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
BLANK = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


class InvalidMetadata(Exception):
    """The metadata cannot be accepted. `code` is the error of RFC 7591, section 3.2.2."""

    def __init__(self, detail: str, code: str = "invalid_client_metadata") -> None:
        super().__init__(detail)
        self.code = code


class ClientMetadata(NamedTuple):
    name: str
    # Empty for a client that uses only the device flow.
    redirect_uris: list[str]


def read_metadata(metadata: Mapping[str, object]) -> ClientMetadata:
    """Return what this server uses of the metadata. Other members are ignored. Raises `InvalidMetadata`."""
    # RFC 7591 gives null no meaning. In an update, it means the same as an omitted member (RFC 7592, section 2.2).
    metadata = {name: value for name, value in metadata.items() if value is not None}
    grants = metadata.get("grant_types")
    if isinstance(grants, list) and len(grants) > MAX_GRANT_TYPES:
        raise InvalidMetadata(f"grant_types has more than {MAX_GRANT_TYPES} items.")
    uris = read_device(metadata) if is_device_only(metadata) else read_code_client(metadata)
    name, _ = (read_text(metadata, member) for member in ("client_name", "scope"))
    return ClientMetadata(clean_name(name) or (host_of(uris[0])[:MAX_NAME_LENGTH] if uris else NAMELESS_DEVICE), uris)


def read_text(metadata: Mapping[str, object], member: str) -> str:
    text = metadata.get(member, "")
    if not isinstance(text, str):
        raise InvalidMetadata(f"{member} is not a string.")
    return text


def is_device_only(metadata: Mapping[str, object]) -> bool:
    """Return whether the client never sends a browser here, and so is never answered at an address."""
    grants = metadata.get("grant_types")
    return isinstance(grants, list) and DEVICE_CODE in grants and CODE not in grants


def read_device(metadata: Mapping[str, object]) -> list[str]:
    """Return no redirect URIs. Raises `InvalidMetadata`."""
    # Nothing else of them is used, but anything else than lists of strings is a mistake.
    for member in ("grant_types", "response_types"):
        read_strings(metadata, member, "")
    return []


def read_code_client(metadata: Mapping[str, object]) -> list[str]:
    """Return the redirect URIs of a client that uses authorization codes. Raises `InvalidMetadata`."""
    uris = read_redirect_uris(metadata.get("redirect_uris"))
    require_supported(metadata, "grant_types", CODE)
    require_supported(metadata, "response_types", "code")
    return uris


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
    if needed not in read_strings(metadata, member, needed):
        raise InvalidMetadata(f"{member} has to contain {needed}.")


def read_strings(metadata: Mapping[str, object], member: str, default: str) -> list[str]:
    values = metadata.get(member, [default])
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise InvalidMetadata(f"{member} is not a list of strings.")
    return values


def clean_name(name: str) -> str:
    """Return the name as one line of visible text, not longer than what is stored."""
    visible = "".join(" " if category(each) in DECEPTIVE else each for each in BLANK.sub(" ", name[:MAX_READ_LENGTH]))
    return " ".join(visible.split())[:MAX_NAME_LENGTH].strip()
