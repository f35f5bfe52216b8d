"""Pages by key, not by offset: rows that come and go meanwhile are neither skipped nor shown twice."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Field, Model, Q, QuerySet
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from notes_api.compiled import Parameter
from notes_api.queries import Query

Row = TypeVar("Row", bound=Model)
Rows = TypeVar("Rows", bound="QuerySet[Any]")  # Any: of whatever model
# The values of the last row of the page before; None at the beginning.
Cursor = Sequence[str] | None


def signer() -> signing.Signer:
    """Signs with SECRET_KEY; verifies what SECRET_KEY_FALLBACKS signed, too."""
    return signing.Signer(salt="notes_api.pagination")


class PageQuery(Query):
    limit = serializers.IntegerField(
        min_value=1, max_value=100, default=50, help_text="The most results a page may hold."
    )
    cursor = serializers.CharField(
        required=False, max_length=8192, help_text="Where the page begins: take the whole address from `next`."
    )


class KeysetPagination(BasePagination):
    """Follows one field and the id in the same direction, along an index that begins with the owner; or, where the
    view names several fields, just these.

    The cursor is signed and bound to the account, the list, its filters and its order; the view names the
    order as `ordering`.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # Any: DRF's signature
        self.request, self.ordering = request, view.ordering
        cursor = view.query.get("cursor")
        rows, has_more = self.take(queryset, self.decode(cursor) if cursor else None, view.query["limit"])
        self.next = self.link(self.values_of(rows[-1])) if has_more else None
        return rows

    def take(self, queryset: QuerySet[Row], cursor: Cursor, limit: int) -> tuple[list[Row], bool]:
        """The page behind the cursor, and whether there is more behind it."""
        rows = list(ordered(queryset, directed(self.ordering), cursor)[: limit + 1])
        return rows[:limit], len(rows) > limit

    def get_paginated_response(self, data: Any) -> Response:  # Any: serialized rows
        headers = {"Link": f'<{self.next}>; rel="next"'} if self.next else {}
        return Response({"results": data, "next": self.next}, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:  # Any: OpenAPI
        link = {"type": "string", "format": "uri", "nullable": True, "description": "The next page, or null."}
        members = {"results": schema, "next": link}
        return {"type": "object", "required": ["results", "next"], "properties": members}

    def values_of(self, last: Any) -> list[str]:  # Any: as paginate_queryset
        """What the cursor behind this row says."""
        return [text_of(last, name.lstrip("-")) for name in directed(self.ordering)]

    def link(self, values: Sequence[str]) -> str:
        cursor = signer().sign_object([self.fingerprint(), *values])
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def decode(self, cursor: str) -> list[str]:
        try:
            fingerprint, *values = signer().unsign_object(cursor)
        except (signing.BadSignature, ValueError):
            fingerprint, values = "", []
        if fingerprint != self.fingerprint():
            detail = serializers.ErrorDetail("This cursor is of another list, order or filter: start again.", "cursor")
            raise serializers.ValidationError({"cursor": [detail]})
        return [str(value) for value in values]

    def fingerprint(self) -> str:
        query = sorted((name, sorted(values)) for name, values in self.request.query_params.lists()
                       if name not in ("cursor", "limit"))  # fmt: skip
        text = repr((str(self.request.user.pk), self.request.path, self.ordering, query))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def paginated(view: GenericAPIView[Row], queryset: QuerySet[Row]) -> Response:
    """One page of the queryset, as the view's serializer shows it."""
    rows = view.paginate_queryset(queryset)
    return view.get_paginated_response(view.get_serializer(rows, many=True).data)


def ordered(queryset: Rows, names: Sequence[str], cursor: "Cursor | Sequence[Parameter]") -> Rows:
    """The rows in the order of these fields, from behind the cursor on."""
    rows = after(queryset, names, cursor) if cursor else queryset
    return rows.order_by(*names)


def after(queryset: Rows, directed_names: Sequence[str], values: Sequence[str | Parameter]) -> Rows:
    names = [name.lstrip("-") for name in directed_names]
    keys = [value if isinstance(value, Parameter) else readable(queryset, name).to_python(value)
            for name, value in zip(names, values, strict=True)]  # fmt: skip
    beyond = ["lt" if name.startswith("-") else "gt" for name in directed_names]
    # The first condition is implied by the others; the index can follow only the first.
    condition, same = Q(), Q()
    for name, key, direction in zip(names, keys, beyond, strict=True):
        condition |= same & Q(**{f"{name}__{direction}": key})
        same &= Q(**{name: key})
    return queryset.filter(Q(**{f"{names[0]}__{beyond[0]}e": keys[0]}), condition)


def column(model: Model | type[Model], name: str) -> "Field[Any, Any]":  # Any: whatever the column holds
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101  # orderings name columns, never relations
    return field


def readable(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":  # Any: as above
    """The field that reads a value of this column or annotation back from a cursor."""
    annotation = queryset.query.annotations.get(name)
    return annotation.output_field if annotation is not None else column(queryset.model, name)


def text_of(row: Model, name: str) -> str:
    value = getattr(row, name)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def directed(ordering: str | tuple[str, ...]) -> tuple[str, ...]:
    """The order with its tie-breaker."""
    if not isinstance(ordering, str):
        return ordering
    sign = "-" if ordering.startswith("-") else ""
    return (ordering,) if ordering == f"{sign}id" else (ordering, f"{sign}id")
