"""ETag, If-Match and If-None-Match (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from rest_framework.request import Request

from notes_api.problems import Problem

# Proxies weaken tags and some clients drop the quotes, so `W/"42"`, `"42"` and `42` all name version 42.
TAG = re.compile(r'(?:^|,)\s*(?:W/)?(?:"([^"]*)"|([^\s",]+))\s*(?=,|$)')


def strong_etag(version: int) -> str:
    return f'"{version}"'


def markdown_etag(version: int) -> str:
    """The Markdown representation of the same version has a tag of its own."""
    return f'"{version}.md"'


def etags_of(version: int) -> tuple[str, str]:
    """Every representation that shows this version: a write may be guarded by any of them."""
    return strong_etag(version), markdown_etag(version)


def names(header: str, etag: str) -> bool:
    """Whether a list of entity tags holds `etag`, or is `*`. What is no tag names nothing."""
    if header.strip() == "*":
        return True
    return any((quoted or bare) == etag.strip('"') for quoted, bare in TAG.findall(header))


def is_unmodified(request: Request, etag: str) -> bool:
    """Whether the client has this representation already: the answer is 304."""
    header = request.headers.get("If-None-Match")
    return header is not None and names(header, etag)


class Guard(Protocol):
    """What a write asks of the version it replaces."""

    def allow(self, version: int) -> bool: ...


@dataclass(frozen=True)
class Preconditions:
    """The guard that `If-Match` and `If-None-Match` make; a header that is missing asks nothing."""

    if_match: str | None = None
    if_none_match: str | None = None

    @classmethod
    def of(cls, request: Request) -> "Preconditions":
        return cls(request.headers.get("If-Match"), request.headers.get("If-None-Match"))

    @classmethod
    def required(cls, request: Request) -> "Preconditions":
        """Like `of`; with REQUIRE_IF_MATCH a write that names no version is refused (RFC 6585, section 3)."""
        preconditions = cls.of(request)
        if settings.REQUIRE_IF_MATCH and preconditions.if_match is None:
            detail = "Say which version you have seen: send its ETag in `If-Match`."
            raise Problem(428, "precondition_required", detail)
        return preconditions

    @property
    def wants_absence(self) -> bool:
        """`If-None-Match: *`: create, never replace. With `If-Match` beside it, nothing can satisfy both."""
        return self.if_match is None and self.if_none_match is not None and self.if_none_match.strip() == "*"

    def allow(self, version: int) -> bool:
        if self.if_match is not None and not any(names(self.if_match, etag) for etag in etags_of(version)):
            return False
        return self.if_none_match is None or not any(names(self.if_none_match, etag) for etag in etags_of(version))


UNCONDITIONAL = Preconditions()


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
