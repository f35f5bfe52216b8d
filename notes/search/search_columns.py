"""Computes what searches and filters by tags read. It is stored in the same row as the text."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from notes.search.bloom import bloom_of
from notes.search.folding import fold
from notes.search.query import WORDS
from notes.search.signature import signature_of
from notes.search.tag_marks import tag_marks

# The fields that have such columns.
SEARCHED_FIELDS = (*WORDS, "tags")

Columns = Mapping[str, dict[str, Any]]  # Any: each column has its own type

# The columns of contents that were computed ahead, by content.
_columns_ahead: ContextVar[Columns | None] = ContextVar("columns_ahead", default=None)


@contextmanager
def computed_ahead(contents: Iterable[str]) -> Iterator[None]:
    """Compute the columns of these contents now. Transactions in this context take less time then."""
    token = _columns_ahead.set({content: search_columns_of("content", content) for content in contents})
    try:
        yield
    finally:
        _columns_ahead.reset(token)


def add_search_columns(values: Mapping[str, Any]) -> dict[str, Any]:  # Any: each field has its own type
    """Return the values with the columns that searches and filters read of them."""
    result = dict(values)
    for name in SEARCHED_FIELDS:
        if name in values:
            result |= search_columns_of(name, values[name])
    return result


# Any: a text or a list of tags; columns of several types.
def search_columns_of(name: str, value: Any) -> dict[str, Any]:
    """Return the columns that searches and filters read of this field, and their values."""
    if name == "tags":
        return {"tag_marks": tag_marks(value)}
    if name == "content" and value in (ahead := _columns_ahead.get() or {}):
        return ahead[value]
    words = fold(value)
    signature = {"content_signature": signature_of(words)} if name == "content" else {}
    return {WORDS[name]: words, **signature, **bloom_of(name, words)}
