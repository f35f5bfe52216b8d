"""JSON Schemas of tools, from the serializers of the API.

`openapi.json` is generated from the same fields, and a test compares the two. drf-spectacular would take a second and
several megabytes for it in each worker.
"""

import json
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from notes.mcp.arguments import PatternField
from notes.serializers.authors import AUTHOR, AuthorField
from notes_api.rest.json_types import JSONObject
from notes_api.rest.query_params import QueryParams

AnyField = serializers.Field[Any, Any, Any, Any]  # Any: as DRF declares fields
AnySerializer = serializers.BaseSerializer[Any]  # Any: instances differ

FORMATS = {serializers.UUIDField: "uuid", serializers.DateTimeField: "date-time"}


def object_schema(properties: JSONObject, required: list[str]) -> JSONObject:
    schema: JSONObject = {"type": "object", "properties": properties}
    return {**schema, "required": required} if required else schema


def request_schema(serializer: Any, names: tuple[str, ...] | None = None) -> JSONObject:  # Any: of any instance
    """Return the schema of these members of a request; without names, of all that can be written."""
    fields = {
        name: field
        for name, field in serializer.fields.items()
        if not field.read_only and (names is None or name in names)
    }
    properties = {name: with_default(field_schema(field), field, serializer) for name, field in fields.items()}
    return object_schema(properties, [name for name, field in fields.items() if field.required])


def response_schema(serializer: Any, names: tuple[str, ...]) -> JSONObject:  # Any: as above
    """Return the schemas of these members of a response, by name."""
    return {name: field_schema(serializer.fields[name], is_request=False) for name in names}


def with_default(schema: JSONObject, field: AnyField, serializer: AnySerializer) -> JSONObject:
    """Add the default of a member. Those of bodies are only described, as in the OpenAPI document."""
    if field.default is empty:
        return schema
    default = [] if field.default is list else field.default
    if isinstance(serializer, QueryParams):
        return {**schema, "default": default}
    return schema if field.default is list else describe(schema, f"Default: `{json.dumps(default)}`.")


def describe(schema: JSONObject, sentence: str) -> JSONObject:
    return {**schema, "description": " ".join(filter(None, [schema.get("description"), sentence]))}


def field_schema(field: AnyField, *, is_request: bool = True) -> JSONObject:
    """Return the schema of one field, without its default."""
    schema = type_schema(field, is_request=is_request)
    return describe(schema, str(field.help_text)) if field.help_text else schema


def type_schema(field: AnyField, *, is_request: bool) -> JSONObject:
    match field:
        case serializers.BooleanField():
            return {"type": "boolean"}
        case serializers.IntegerField():
            return {"type": "integer"} | given(minimum=field.min_value, maximum=field.max_value)
        case serializers.ChoiceField():
            return {"type": "string", "enum": list(field.choices)}
        case serializers.ListField():
            items = field_schema(field.child, is_request=is_request)
            return {"type": "array", "items": items} | given(maxItems=field.max_length)
        case serializers.Serializer():
            return request_schema(field)
    is_author = isinstance(field, AuthorField)
    return {**AUTHOR, "type": ["object", "null"]} if is_author else text_schema(field, is_request=is_request)


def text_schema(field: AnyField, *, is_request: bool) -> JSONObject:
    schema = {"type": "string"} | given(
        format=next((FORMATS[kind] for kind in FORMATS if isinstance(field, kind)), None)
    )
    if isinstance(field, PatternField):
        return {**schema, "pattern": f"^{field.pattern}$"}
    if isinstance(field, serializers.CharField):
        shortest = 1 if is_request and not field.allow_blank else None
        return schema | given(minLength=shortest, maxLength=field.max_length)
    return schema


def given(**keywords: object) -> JSONObject:
    """Return the keywords that have a value."""
    return {name: value for name, value in keywords.items() if value is not None}
