"""The paths where requests hash passwords, as the views declare them."""

from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver


def hashing_paths(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Yield the path of each view that is marked with `hashes_password`. Such paths have no parameters."""
    for pattern in patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from hashing_paths(pattern.url_patterns, path)
        elif any(getattr(handler, "hashes_password", False) for handler in handlers_of(pattern)):
            yield path


def handlers_of(pattern: URLPattern) -> list[object]:
    """Return the view and, if it is one of DRF's classes, its methods that receive a password."""
    view = pattern.callback
    names = getattr(view, "actions", None) or {"post": "post", "patch": "patch"}
    return [view, *(getattr(getattr(view, "cls", None), name, None) for name in names.values())]
