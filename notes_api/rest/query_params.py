"""Query parameters: each operation declares those it accepts, and any other is an error."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from notes_api.rest.error_list import name_errors
from notes_api.rest.serializers import StrictSerializer, shared_instance


class QueryParams(StrictSerializer):
    """The query parameters of an operation. Only a list may be given more than once."""

    kind = "parameter"


# Characters of a query string, and how many of them are kept with their parameters. Each takes a few kilobytes.
MAX_CACHED_LENGTH, MAX_CACHED_QUERIES = 256, 256


class ValidatedQueries:
    """The parameters of recent query strings: clients repeat a few, and validating them takes longer than a 304.

    The limits bound its memory. It holds no error and no query string that is longer than a usual one.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.known: OrderedDict[tuple[object, ...], dict[str, Any]] = OrderedDict()  # Any: each has its own type

    def read(self, request: Request, params: type[QueryParams]) -> dict[str, Any]:  # Any: as above
        text = request.META.get("QUERY_STRING", "")
        if len(text) > MAX_CACHED_LENGTH:
            return validate_query(request, params)
        key = (params, text, request.encoding)
        with self.lock:
            values = self.known.get(key)
            if values is not None:
                self.known.move_to_end(key)
        if values is None:
            values = validate_query(request, params)
            self.add(key, values)
        return dict(values)

    def add(self, key: tuple[object, ...], values: dict[str, Any]) -> None:  # Any: as above
        with self.lock:
            self.known[key] = values
            if len(self.known) > MAX_CACHED_QUERIES:
                self.known.popitem(last=False)


validated_queries = ValidatedQueries()


def read_query(request: Request, params: type[QueryParams]) -> dict[str, Any]:  # Any: as above
    """Return the validated query parameters of a request; raises `ValidationError`.

    Nobody may change the values themselves, because later requests with the same query string share them.
    """
    return validated_queries.read(request, params)


def validate_query(request: Request, params: type[QueryParams]) -> dict[str, Any]:  # Any: as above
    given = request.query_params
    fields = shared_instance(params).fields
    lists = [name for name in given if isinstance(fields.get(name), serializers.ListField)]
    # An unknown parameter is an error however often it is given.
    if repeated := [name for name in given if name in fields and name not in lists and len(given.getlist(name)) > 1]:
        message = serializers.ErrorDetail("Give this parameter only once.", "repeated")
        raise serializers.ValidationError(name_errors(repeated, message))
    return params.read({**given.dict(), **{name: given.getlist(name) for name in lists}})
