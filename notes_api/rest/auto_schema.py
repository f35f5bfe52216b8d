"""The schemas of requests and responses in the OpenAPI document, which drf-spectacular derives from serializers."""

import json
from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework.fields import empty
from rest_framework.serializers import Field, Serializer

from notes_api.rest.json_types import JSONObject
from notes_api.rest.query_params import QueryParams

AnySerializer = Serializer[Any]  # Any: instances differ
AnyField = Field[Any, Any, Any, Any]  # Any: as DRF declares fields

# What only says to which side a member belongs, as a schema here describes either requests or responses; the labels of
# model fields; and defaults, because openapi-typescript makes members required that have one.
SUPERFLUOUS = ("readOnly", "writeOnly", "title", "default")


class CompleteSchema(AutoSchema):
    """Describes requests and responses separately: what a response always contains is required there."""

    def _map_basic_serializer(self, serializer: AnySerializer, direction: str) -> JSONObject:
        schema: JSONObject = super()._map_basic_serializer(serializer, direction)  # type: ignore[no-untyped-call]
        if not type(serializer).__dict__.get("__doc__"):
            # It is that of a base class, which says nothing about this schema.
            schema.pop("description", None)
        if direction == "response":
            fields = schema.get("properties", {})
            schema["required"] = [name for name in fields if is_always_present(serializer.fields[name])]
        return schema

    def _postprocess_serializer_schema(
        self, schema: JSONObject, serializer: AnySerializer, direction: str
    ) -> JSONObject:
        """Remove the members of the other direction, and then what this direction does not need."""
        processed: JSONObject = super()._postprocess_serializer_schema(  # type: ignore[no-untyped-call]
            schema, serializer, direction
        )
        if isinstance(serializer, QueryParams):
            return processed
        for member in processed.get("properties", {}).values():
            if direction == "request" and "default" in member:
                describe_default(member)
            for key in SUPERFLUOUS:
                member.pop(key, None)
        return processed


def describe_default(member: JSONObject) -> None:
    """Say in the description what the default is."""
    text = f"Default: `{json.dumps(member['default'])}`."
    member["description"] = " ".join(filter(None, [member.get("description"), text]))


def is_always_present(field: AnyField) -> bool:
    """Whether every response contains the member. One without a default that requests may omit can be missing."""
    return field.required or field.read_only or field.default is not empty
