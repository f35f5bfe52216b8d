"""What every serializer of a request body does the same."""

from functools import cache
from typing import Any, TypeVar

from rest_framework import serializers

Kind = TypeVar("Kind", bound=serializers.BaseSerializer[Any])  # Any: instances differ


class StrictSerializer(serializers.Serializer[Any]):  # Any: instances differ
    """Refuses members it does not know: a typo must not be silently lost. Read-only members may be repeated."""

    # What it holds, in the words of a refusal.
    kind = "member"
    # Members of other representations of the same thing, which a client may send back as well.
    ignored: frozenset[str] = frozenset()

    @classmethod
    def read(cls, data: Any) -> dict[str, Any]:  # Any: whatever JSON holds; each member has its own type
        """What a request says; raises `ValidationError`."""
        values: dict[str, Any] = shared(cls).run_validation(data)
        return values

    def to_internal_value(self, data: Any) -> Any:  # Any: as above
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys() - self.ignored):
            known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
            others = f"there are: {known}" if known else "none is taken here"
            message = serializers.ErrorDetail(f"There is no such {self.kind}; {others}.", "unknown")
            raise serializers.ValidationError({name: [message] for name in sorted(unknown)})
        return super().to_internal_value(data)


@cache
def shared(serializer: type[Kind]) -> Kind:
    """One instance for all requests: validation keeps no state, and making an instance takes longer."""
    return serializer()
