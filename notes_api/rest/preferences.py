"""`Prefer: return=minimal` (RFC 7240): what a client does not need after a write."""

import re

from rest_framework.request import Request

QUOTED_WORD = re.compile(r'"([\w-]*)"')
QUOTED_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
RETURNS = ("minimal", "representation")


def preferred_return(request: Request) -> str | None:
    """Return `minimal` or `representation`, if the client prefers one. The first counts (RFC 7240, section 2)."""
    header: str | None = request.META.get("HTTP_PREFER")
    if header is None:
        return None
    plain = QUOTED_TEXT.sub("", QUOTED_WORD.sub(r"\1", header))
    for preference in plain.split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == "return":
            wanted = value.strip().lower()
            return wanted if wanted in RETURNS else None
    return None
