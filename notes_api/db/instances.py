"""Build instances of models from rows that were read without a model."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

Stored = TypeVar("Stored", bound=models.Model)


def build_stored(
    model: type[Stored], names: Sequence[str], values: Iterable[Any], **related: models.Model
) -> Stored:  # Any: columns differ
    """Build a stored instance with these columns and related objects; Django loads others when they are used.

    Like unpickling, this neither calls `__init__` nor sends signals: `from_db` takes longer than reading the row.
    """
    instance = model.__new__(model)
    state = ModelState()
    state.db, state.adding = DEFAULT_DB_ALIAS, False
    state.fields_cache.update(related)
    instance.__dict__.update(zip(names, values, strict=True), _state=state)
    return instance
