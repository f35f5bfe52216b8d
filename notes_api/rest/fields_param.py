"""The parameter `fields`: which members a response contains."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers


class FieldsParam(serializers.ListField):
    """Names of members, separated by commas or in several parameters.

    The value is a tuple of them in the order of the whole representation, so that requests for the same members share
    their SQL.
    """

    def __init__(self, names: Sequence[str], **options: Any) -> None:  # Any: DRF's options
        self.names = tuple(names)
        help_text = "Return only these members, for example `id,title`."
        super().__init__(
            child=serializers.ChoiceField(self.names), **{"required": False, "help_text": help_text, **options}
        )

    def to_internal_value(self, data: list[str]) -> tuple[str, ...]:  # type: ignore[override]  # DRF returns a list
        given = set(",".join(data).split(","))
        if not given.issubset(self.names):
            message = f"Unknown field; choose from {', '.join(self.names)}."
            raise serializers.ValidationError(message, "unknown")
        return tuple(name for name in self.names if name in given)
