"""The base classes of serializers that read requests."""

from functools import cache
from typing import Any, TypeVar

from rest_framework import serializers

from notes_api.rest.error_list import name_errors
from notes_api.rest.json_types import JSON

AnySerializer = TypeVar("AnySerializer", bound=serializers.BaseSerializer[Any])  # Any: instances differ


class RequestSerializer(serializers.Serializer[Any]):  # Any: instances differ
    """Validates JSON or a form from a request."""

    default_error_messages = {"invalid": "Send a JSON object.", "null": "Send a JSON object, not null."}

    @classmethod
    def read(cls, data: JSON, **context: object) -> dict[str, Any]:  # Any: each member has its own type
        """Return the validated members of `data`; raises `ValidationError`."""
        serializer = cls(context=context) if context else shared_instance(cls)
        values: dict[str, Any] = serializer.run_validation(data)
        return values


class StrictSerializer(RequestSerializer):
    """Rejects unknown members, so that a typo does not lose data silently. Read-only members may be sent back."""

    # The word for a member in error messages.
    kind = "member"
    # Members of other representations of the same resource, which a client may send back as well.
    ignored: frozenset[str] = frozenset()

    def to_internal_value(self, data: JSON) -> Any:  # Any: each member has its own type
        if isinstance(data, dict) and (unknown := data.keys() - self.fields.keys() - self.ignored):
            known = ", ".join(name for name, field in self.fields.items() if not field.read_only)
            accepted = f"accepted: {known}" if known else "none is accepted here"
            message = serializers.ErrorDetail(f"Unknown {self.kind}; {accepted}.", "unknown")
            raise serializers.ValidationError(name_errors(unknown, message))
        return super().to_internal_value(data)


@cache
def shared_instance(serializer: type[AnySerializer]) -> AnySerializer:
    """Return one instance for all requests: validation keeps no state, and creating an instance takes longer."""
    return serializer()
