"""Content negotiation."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
# Some clients accept only the errors of an operation by name. They accept JSON.
PROBLEM_JSON = "application/problem+json"
# The values of `Accept` that nearly all clients send.
COMMON = ("*/*", JSON)
# Media ranges that are read, and characters of a value whose result is kept.
MAX_RANGES, MAX_CACHED_LENGTH = 64, 256
# How specific a range is that names the type and the subtype.
NAMED = 2


class MediaRange(NamedTuple):
    """One of the ranges in `Accept`. Its parameters are ignored, except `q`."""

    name: str
    quality: float

    def specificity(self, media_type: str) -> int:
        """Return how exactly the range names this type: 2 as a whole, 1 as `type/*`, 0 as `*/*`, -1 not at all."""
        if self.name == media_type:
            return NAMED
        if self.name.endswith("/*") and self.name[:-1] == media_type.partition("/")[0] + "/":
            return 1
        return 0 if self.name == "*/*" else -1


class Rank(NamedTuple):
    """How much a client wants a media type: the quality, and how specific the range is that it comes from."""

    quality: float
    specificity: int


class FastNegotiation(DefaultContentNegotiation):
    """Chooses what the client prefers (RFC 9110, section 12.5.1). It parses `Accept` only if its value is unusual."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:  # Any: DRF's type
        """Return the parser for the request's Content-Type, or None, which becomes a 415.

        Only `Accept` may contain wildcards. DRF would read a body of type `*/*` with its first parser.
        """
        if "*" in (request.content_type or "").partition(";")[0]:
            return None
        chosen: BaseParser | None = super().select_parser(request, parsers)
        return chosen

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:  # Any: DRF's type
        first: BaseRenderer = renderers[0]
        accept: str = request.META.get("HTTP_ACCEPT", "*/*")
        if first.media_type == JSON and accept in COMMON:
            return first, JSON
        names = tuple(str(renderer.media_type) for renderer in renderers)
        chosen = (choose_cached if len(accept) <= MAX_CACHED_LENGTH else choose)(accept, names)
        if chosen is None:
            raise NotAcceptable(available_renderers=renderers)
        return renderers[chosen], names[chosen]


def choose(accept: str, media_types: Sequence[str]) -> int | None:
    """Return the position of the media type that the client prefers; None if it accepts none of them.

    Of types that it wants equally it gets the one that it names more exactly, then the first.
    """
    ranges = parse_accept(accept)
    ranks = [rank(ranges, media_type) for media_type in media_types]
    best = max(range(len(ranks)), key=lambda position: (*ranks[position], -position))
    if ranks[best].quality > 0:
        return best
    # A client that accepts our errors accepts JSON, unless it says that it does not.
    if JSON not in media_types or rank(ranges, JSON).specificity == NAMED or not rank(ranges, PROBLEM_JSON).quality:
        return None
    return media_types.index(JSON)


choose_cached = lru_cache(256)(choose)


def rank(ranges: Sequence[MediaRange], media_type: str) -> Rank:
    """Return how much the client wants this type. The most specific range counts."""
    matches = [(each.specificity(media_type), each.quality) for each in ranges]
    specificity, quality = max(matches, default=(-1, 0.0))
    return Rank(quality if specificity >= 0 else 0.0, specificity)


def is_html_preferred(accept: str) -> bool:
    """Whether the client names HTML, unlike programs, and does not want JSON more."""
    ranges = parse_accept(accept)
    html = rank(ranges, "text/html")
    return html.specificity == NAMED and html.quality > 0 and html.quality >= rank(ranges, JSON).quality


def parse_accept(accept: str) -> list[MediaRange]:
    """Return the ranges in `Accept`, without those that are malformed. An empty value accepts everything."""
    if not accept.strip():
        return [MediaRange("*/*", 1.0)]
    return [parse_range(text) for text in accept.split(",", MAX_RANGES)[:MAX_RANGES]]


def parse_range(text: str) -> MediaRange:
    name, *parameters = text.lower().split(";")
    # Java's HttpURLConnection sends `*` for `*/*`.
    name = "*/*" if name.strip() == "*" else name.strip()
    qualities = [value for key, _, value in (each.partition("=") for each in parameters) if key.strip() == "q"]
    return MediaRange(name, parse_quality(qualities[0]) if qualities else 1.0)


def parse_quality(text: str) -> float:
    """Return the value of `q`. A malformed one counts as missing."""
    try:
        quality = float(text)
    except ValueError:
        return 1.0
    return quality if 0 <= quality <= 1 else 1.0
