"""Query parameters: each operation declares those it accepts, and any other is an error."""

from functools import lru_cache
from typing import Any

from django.http import QueryDict
from rest_framework import serializers
from rest_framework.request import Request

from notes_api.rest.error_list import name_errors
from notes_api.rest.serializers import StrictSerializer, shared_instance


class QueryParams(StrictSerializer):
    """The query parameters of an operation. Only a list may be given more than once."""

    kind = "parameter"


# Characters of a query string, and how many of them are kept with their parameters. Each takes a few kilobytes.
MAX_CACHED_LENGTH, MAX_CACHED_QUERIES = 256, 256


def read_query(request: Request, params: type[QueryParams]) -> dict[str, Any]:  # Any: each has its own type
    """Return the validated query parameters of a request; raises `ValidationError`.

    Nobody may change the values themselves, because later requests with the same query string share them.
    """
    text = request.META.get("QUERY_STRING", "")
    # ASGI and WSGI differ in how they give characters that are not escaped.
    if len(text) > MAX_CACHED_LENGTH or not text.isascii():
        return validate_query(params, request.query_params)
    return dict(validate_cached(params, text, request.encoding))


# Clients repeat a few query strings, and validating them takes longer than a 304. To bound its memory, it holds neither
# errors nor strings that are longer than usual.
@lru_cache(MAX_CACHED_QUERIES)
def validate_cached(params: type[QueryParams], text: str, encoding: str | None) -> dict[str, Any]:  # Any: as above
    return validate_query(params, QueryDict(text, encoding=encoding))


def validate_query(params: type[QueryParams], given: QueryDict) -> dict[str, Any]:  # Any: as above
    fields = shared_instance(params).fields
    lists = [name for name in given if isinstance(fields.get(name), serializers.ListField)]
    # An unknown parameter is an error however often it is given.
    if repeated := [name for name in given if name in fields and name not in lists and len(given.getlist(name)) > 1]:
        message = serializers.ErrorDetail("Give this parameter only once.", "repeated")
        raise serializers.ValidationError(name_errors(repeated, message))
    return params.read({**given.dict(), **{name: given.getlist(name) for name in lists}})
