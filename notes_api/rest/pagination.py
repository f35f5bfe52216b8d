"""Pagination by keys, not by offset: rows that are added or removed meanwhile cause no gaps and no repetitions."""

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

from notes_api.db.compiled import Parameter, column
from notes_api.rest.fields import QueryIntegerField
from notes_api.rest.json_types import JSONObject
from notes_api.rest.public_url import public_url
from notes_api.rest.query_params import QueryParams
from notes_api.rest.renderers import Utf8Response

# What a client may change from page to page: it does not decide which rows there are, nor their order.
UNBOUND = ("cursor", "limit", "fields")

Row = TypeVar("Row", bound=Model)
AnyQuerySet = TypeVar("AnyQuerySet", bound="QuerySet[Any]")  # Any: of any model
# A field, after which the id breaks ties in the same direction; or all fields to sort by. `-` means descending.
Ordering = str | tuple[str, ...]
# The values of these fields in the last row of the previous page; None for the first page.
PageKeys = Sequence[str] | None


def signer() -> signing.Signer:
    """Sign with SECRET_KEY, and also verify what SECRET_KEY_FALLBACKS signed."""
    return signing.Signer(salt="notes_api.pagination")


class PageQuery(QueryParams):
    limit = QueryIntegerField(
        min_value=1, max_value=100, default=50, help_text="The maximum number of results per page."
    )
    cursor = serializers.CharField(
        required=False, max_length=8192, help_text="`next_cursor` of the last page. Repeat the other parameters."
    )


class KeysetPagination(BasePagination):
    """Pages of a QuerySet along an index, in the order that the view names as `ordering`.

    A cursor is signed and bound to the account, the list, its filters and its order. A subclass for lists that are not
    a QuerySet has a method of its own between `begin` and `end`.
    """

    def paginate_queryset(  # type: ignore[override]  # a sequence has no index to follow
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:  # Any: DRF's signature
        keys, limit = self.begin(request, view.ordering, view.query.get("cursor")), view.query["limit"]
        names = order_fields(view.ordering)
        rows = list(rows_after(queryset, names, keys)[: limit + 1])
        return self.end(rows[:limit], names, has_more=len(rows) > limit)

    def begin(self, request: Request, ordering: Ordering, cursor: str | None) -> PageKeys:
        """Return the keys in the cursor. Raises `ValidationError` if it was altered or belongs to another list."""
        self.request, self.ordering = request, ordering
        return self.decode(cursor) if cursor else None

    def end(
        self, rows: list[Any], names: Sequence[str], *, has_more: bool, read_until: PageKeys = None
    ) -> list[Any]:  # Any: any kind of row
        """Remember where the next page begins, and return the rows of this one.

        If there are no more rows up to the row with the keys `read_until`, the next page begins after it.
        """
        keys = [text_of(getattr(rows[-1], name.lstrip("-"))) for name in names] if has_more else read_until
        self.next_cursor = self.encode(keys) if keys else None
        self.next = self.link(self.next_cursor) if self.next_cursor else None
        return rows

    def get_paginated_response(self, data: Any) -> Response:  # Any: serialized rows
        headers = {"Link": f'<{self.next}>; rel="next"'} if self.next else {}
        page = {"results": data, "next": self.next, "next_cursor": self.next_cursor}
        return Utf8Response(page, headers=headers)

    def get_paginated_response_schema(self, schema: JSONObject) -> JSONObject:
        # The examples of lists are taken from here: a list of one row, which has no next page.
        text = {"type": "string", "nullable": True, "example": None}
        link = {**text, "format": "uri", "description": "The next page, or null."}
        cursor = {**text, "description": "The `cursor` of the next page, or null."}
        members = {"results": schema, "next": link, "next_cursor": cursor}
        return {"type": "object", "required": list(members), "properties": members}

    def encode(self, keys: Sequence[str]) -> str:
        """Return the cursor of the page after the row with these keys."""
        return signer().sign_object([self.fingerprint(), *keys])

    def link(self, cursor: str) -> str:
        """Return the address of the page at the cursor."""
        # The path is that of a route, so `build_absolute_uri` would only parse and quote it a second time.
        address = public_url(self.request, self.request.get_full_path())
        if self.request.META.get("QUERY_STRING"):
            return replace_query_param(address, "cursor", cursor)
        # The other characters of a signed object need no quoting.
        return f"{address}?cursor={cursor.replace(':', '%3A')}"

    def decode(self, cursor: str) -> list[str]:
        try:
            fingerprint, *keys = signer().unsign_object(cursor)
        except (signing.BadSignature, ValueError):
            fingerprint, keys = "", []
        if fingerprint != self.fingerprint():
            message = "This cursor belongs to another list, order or filter. Start again without it."
            raise serializers.ValidationError({"cursor": [serializers.ErrorDetail(message, "cursor")]})
        return [str(key) for key in keys]

    def fingerprint(self) -> str:
        """Identify the account, the list, its filters and its order."""
        given = self.request.query_params.lists() if self.request.META.get("QUERY_STRING") else ()
        query = sorted((name, sorted(values)) for name, values in given if name not in UNBOUND)
        text = repr((str(self.request.user.pk), self.request.path_info, self.ordering, query))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def paginated(view: GenericAPIView[Row], queryset: QuerySet[Row]) -> Response:
    """Return one page of the QuerySet, serialized by the view."""
    rows = view.paginate_queryset(queryset)
    return view.get_paginated_response(view.get_serializer(rows, many=True).data)


def rows_after(queryset: AnyQuerySet, names: Sequence[str], keys: Sequence[str | Parameter] | None) -> AnyQuerySet:
    """Sort by these fields, and keep only the rows after the row with these keys."""
    rows = filter_after(queryset, names, keys) if keys else queryset
    return rows.order_by(*names)


def filter_after(queryset: AnyQuerySet, ordering: Sequence[str], keys: Sequence[str | Parameter]) -> AnyQuerySet:
    bound, after, _ = compare_keys(queryset, ordering, keys)
    return queryset.filter(bound, after)


def filter_until(queryset: AnyQuerySet, ordering: Sequence[str], keys: Sequence[str | Parameter]) -> AnyQuerySet:
    """Keep only the rows up to the row with these keys, and this row."""
    reverse = [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in ordering]
    bound, before, same = compare_keys(queryset, reverse, keys)
    return queryset.filter(bound, before | same)


def compare_keys(queryset: "QuerySet[Any]", ordering: Sequence[str], keys: Sequence[str | Parameter]) -> list[Q]:
    """Return the conditions of the rows not before the keys in the first field, of those after them, and of the row."""
    names = [name.lstrip("-") for name in ordering]
    values = [key if isinstance(key, Parameter) else field_of(queryset, name).to_python(key)
              for name, key in zip(names, keys, strict=True)]  # fmt: skip
    lookups = ["lt" if name.startswith("-") else "gt" for name in ordering]
    # The others imply the first condition, but an index can follow only the first.
    after, same = Q(), Q()
    for name, value, lookup in zip(names, values, lookups, strict=True):
        after |= same & Q(**{f"{name}__{lookup}": value})
        same &= Q(**{name: value})
    return [Q(**{f"{names[0]}__{lookups[0]}e": values[0]}), after, same]


def field_of(queryset: QuerySet[Any], name: str) -> "Field[Any, Any]":  # Any: as above
    """Return the field that parses a key of this column or annotation."""
    annotation = queryset.query.annotations.get(name)
    if annotation is not None:
        return annotation.output_field
    return column(queryset.model, name)  # type: ignore[arg-type]  # mypy takes `type[Any]` for not hashable


def text_of(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def order_fields(ordering: Ordering) -> tuple[str, ...]:
    """Return the fields to sort by, with the id to break ties."""
    if not isinstance(ordering, str):
        return ordering
    sign = "-" if ordering.startswith("-") else ""
    return (ordering,) if ordering == f"{sign}id" else (ordering, f"{sign}id")
