"""ETag, If-Match and If-None-Match (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from dataclasses import dataclass

from rest_framework.request import Request

from notes_api.problems import Problem

# Proxies weaken tags and some clients drop the quotes, so `W/"42"`, `"42"` and `42` all name version 42.
TAG = re.compile(r'(?:^|,)\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?=,|$)')


def strong_etag(version: int) -> str:
    return f'"{version}"'


def names(header: str, etag: str) -> bool:
    """Whether a list of entity tags holds `etag`, or is `*`. What is no tag names nothing."""
    if header.strip() == "*":
        return True
    return any((quoted or bare) == etag.strip('"') for quoted, bare in TAG.findall(header))


def is_unmodified(request: Request, etag: str) -> bool:
    """Whether the client has this representation already: the answer is 304."""
    header = request.headers.get("If-None-Match")
    return header is not None and names(header, etag)


@dataclass(frozen=True)
class Preconditions:
    """What a write asks of the state it replaces; a header that is missing asks nothing."""

    if_match: str | None
    if_none_match: str | None

    @classmethod
    def of(cls, request: Request) -> "Preconditions":
        return cls(request.headers.get("If-Match"), request.headers.get("If-None-Match"))

    @property
    def wants_absence(self) -> bool:
        """`If-None-Match: *`: create, never replace."""
        return self.if_none_match is not None and self.if_none_match.strip() == "*"

    def allow(self, version: int) -> bool:
        etag = strong_etag(version)
        if self.if_match is not None and not names(self.if_match, etag):
            return False
        return self.if_none_match is None or not names(self.if_none_match, etag)


class PreconditionFailed(Problem):
    """412: the resource is not in the state the client expects; `current` is the state it is in."""

    def __init__(self, current: object, etag: str | None) -> None:
        super().__init__(
            412,
            "precondition_failed",
            "It changed since you read it: `current` is how it is now.",
            headers={"ETag": etag} if etag else {},
            current=current,
        )
