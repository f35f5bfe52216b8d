"""ETag, If-Match and If-None-Match (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from notes_api.rest.problems import Problem

# The header fields of all preconditions by their names in META, each with the field that takes precedence over it
# (RFC 9110, section 13.2.2).
FIELDS = {
    "HTTP_IF_MATCH": ("If-Match", ""),
    "HTTP_IF_NONE_MATCH": ("If-None-Match", ""),
    "HTTP_IF_UNMODIFIED_SINCE": ("If-Unmodified-Since", "If-Match"),
    "HTTP_IF_MODIFIED_SINCE": ("If-Modified-Since", "If-None-Match"),
    "HTTP_IF_RANGE": ("If-Range", ""),
}
# What follows the version in the tag of a part.
PART = re.compile(r'(?<=\d)\.f[0-9a-f]+(?=["\s,]|$)')
# Proxies weaken tags and some clients omit the quotes, so `W/"42"`, `"42"` and `42` all mean version 42.
TAG = re.compile(r'(?:^|,)\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?=,|$)')


def strong_etag(version: int) -> str:
    return f'"{version}"'


def markdown_etag(version: int) -> str:
    """Return the tag of the Markdown representation, which differs from that of the JSON of the same version."""
    return f'"{version}.md"'


def part_etag(version: int, is_selected: Iterable[bool]) -> str:
    """Return the tag of a part of the JSON, which differs for each selection of members.

    A client that has read a part must not get a 304 when it asks for the whole. `If-Match` takes it for the version.
    """
    mask = sum(1 << position for position, selected in enumerate(is_selected) if selected)
    return f'"{version}.f{mask:x}"'


def all_etags(version: int) -> tuple[str, str]:
    """Return the tags of all representations of this version: `If-Match` accepts each of them."""
    return strong_etag(version), markdown_etag(version)


def includes_etag(header: str, etag: str) -> bool:
    """Whether a list of entity tags contains `etag` or is `*`. Malformed tags are ignored."""
    if header.strip() == "*":
        return True
    return any((quoted or bare) == etag.strip('"') for quoted, bare in TAG.findall(header))


def whole_etags(header: str | None) -> str | None:
    """Return the header with the tag of the whole in place of that of each part: a write concerns the version."""
    return header if header is None or ".f" not in header else PART.sub("", header)


def is_unmodified(request: Request, etag: str) -> bool:
    """Whether the client already has this representation, so that the response is 304."""
    header = request.META.get("HTTP_IF_NONE_MATCH")
    return header is not None and includes_etag(header, etag)


def require_supported(request: Request, supported: Collection[str]) -> None:
    """Raise `ValidationError` if the request has a precondition that is not among those that the operation supports.

    No precondition is ignored, because a client relies on it. A time is not compared where a tag takes precedence.
    """
    given = {name: decisive for key, (name, decisive) in FIELDS.items() if key in request.META}
    refused = [
        name
        for name, decisive in given.items()
        if name not in supported and not (decisive in given and decisive in supported)
    ]
    if refused:
        known = f"it supports {' and '.join(f'`{name}`' for name in supported)}" if supported else "it supports none"
        message = f"This operation does not support this precondition; {known}. Send the request without it."
        raise ValidationError({name: [ErrorDetail(message, "unsupported")] for name in refused})


class Guard(Protocol):
    """A condition on the version that a write replaces."""

    def allow(self, version: int) -> bool: ...


@dataclass(frozen=True)
class Preconditions:
    """The conditions in `If-Match` and `If-None-Match`. A missing header sets no condition."""

    if_match: str | None = None
    if_none_match: str | None = None

    @classmethod
    def from_request(cls, request: Request) -> "Preconditions":
        return cls(*(whole_etags(request.META.get(name)) for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")))

    @classmethod
    def require_if_match(cls, request: Request) -> "Preconditions":
        """Like `from_request`; raises `Problem` 428 if REQUIRE_IF_MATCH is on and `If-Match` missing (RFC 6585)."""
        preconditions = cls.from_request(request)
        if settings.REQUIRE_IF_MATCH and preconditions.if_match is None:
            detail = "This server requires `If-Match`: send the ETag of the version that you have."
            raise Problem(428, "precondition_required", detail)
        return preconditions

    @property
    def is_create_only(self) -> bool:
        """Whether `If-None-Match: *` allows only creating. Nothing can satisfy it together with `If-Match`."""
        return self.if_match is None and self.if_none_match is not None and self.if_none_match.strip() == "*"

    def allow(self, version: int) -> bool:
        return self.allow_etags(*all_etags(version))

    def allow_etags(self, *etags: str) -> bool:
        """Whether the conditions are true of a resource whose representations have these tags."""
        if self.if_match is not None and not any(includes_etag(self.if_match, etag) for etag in etags):
            return False
        return self.if_none_match is None or not any(includes_etag(self.if_none_match, etag) for etag in etags)


UNCONDITIONAL = Preconditions()


class PreconditionFailed(Problem):
    """412: the resource is not in the state that the client expects. `current` is its present state."""

    def __init__(self, current: object, etag: str) -> None:
        detail = "The precondition failed; `current` is the present state."
        super().__init__(412, "precondition_failed", detail, headers={"ETag": etag}, current=current)


class EtagMismatch(Problem):
    """412 for a resource that is not worth repeating in the response: the client reads it again."""

    def __init__(self, etag: str) -> None:
        detail = "The precondition failed: the resource has the `ETag` of this response. Read it again."
        super().__init__(412, "precondition_failed", detail, headers={"ETag": etag})
