"""Query parameters: each operation says which it takes, and any other is refused."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from notes_api.serializers import StrictSerializer, shared

Handler = TypeVar("Handler", bound=Callable[..., Response])


class Query(StrictSerializer):
    """The parameters of one operation. A parameter given twice is refused unless it is a list, as is an unknown one."""

    kind = "parameter"


def takes_query(query: type[Query]) -> Callable[[Handler], Handler]:
    """Declare the query parameters of an operation, for the view and for its documentation."""

    def declare(handler: Handler) -> Handler:
        documented: Handler = extend_schema(parameters=[query])(handler)
        documented.query = query  # type: ignore[attr-defined]  # read back below
        return documented

    return declare


class StrictView(APIView):
    """An endpoint that refuses query parameters it does not take and answers OPTIONS with `Allow`."""

    query: dict[str, Any]  # Any: each parameter has its own type

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:  # Any: DRF's signature
        super().initial(request, *args, **kwargs)
        handler = getattr(self, (request.method or "").lower(), None)
        # Without one the method is what is wrong, and that is answered next.
        self.query = validated(request, getattr(handler, "query", Query)) if handler else {}

    @property
    def default_response_headers(self) -> dict[str, str]:
        """With what PATCH takes, for who asks or has tried something else (RFC 5789, sections 2.2 and 3.1)."""
        headers: dict[str, str] = super().default_response_headers
        if "PATCH" in self.allowed_methods and self.request.method in ("OPTIONS", "PATCH"):
            headers["Accept-Patch"] = ", ".join(parser.media_type for parser in self.parser_classes)
        return headers

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:  # Any: as above
        return Response(status=204)


def validated(request: Request, query: type[Query]) -> dict[str, Any]:  # Any: as above
    given = request.query_params
    lists = [name for name in given if isinstance(shared(query).fields.get(name), serializers.ListField)]
    if repeated := [name for name in given if name not in lists and len(given.getlist(name)) > 1]:
        message = serializers.ErrorDetail("Give this parameter once.", "repeated")
        raise serializers.ValidationError({name: [message] for name in repeated})
    return query.read({**given.dict(), **{name: given.getlist(name) for name in lists}})
