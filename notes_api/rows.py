"""Rows written one at a time, each by a statement that is the same for all: PostgreSQL parses and plans it once.

What `Model.save` and `QuerySet.update` do beyond that, no row on these paths needs: no default of the database, no
signal, no parent. A path that is not hot is better off with them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model

from notes_api.compiled import cursor
from notes_api.pagination import column


def insert(row: Model) -> None:
    """Keep a new row, under the id that it has or one that the database counts; raises `IntegrityError`."""
    fields = [field for field in row._meta.concrete_fields if not (field.primary_key and row.pk is None)]
    names = tuple(field.name for field in fields)
    with cursor() as statement:
        statement.execute(
            insertion(type(row), connection.vendor, names),
            [prepared(field, getattr(row, field.attname)) for field in fields],
        )


def update(row: Model, values: Mapping[str, Any]) -> None:  # Any: each column has its own type
    """Write these columns of the row with this id."""
    fields = [column(row, name) for name in values]
    given = [prepared(field, value) for field, value in zip(fields, values.values(), strict=True)]
    with cursor() as statement:
        statement.execute(change(type(row), connection.vendor, tuple(values)), [*given, prepared(row._meta.pk, row.pk)])


def prepared(field: "Field[Any, Any]", value: Any) -> Any:  # Any: as the database takes it
    return field.get_db_prep_save(value, connection)


@lru_cache(maxsize=64)
def insertion(model: type[Model], vendor: str, names: tuple[str, ...]) -> str:
    columns = [quoted(column(model, name).column) for name in names]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608  # no input


@lru_cache(maxsize=64)
def change(model: type[Model], vendor: str, names: tuple[str, ...]) -> str:
    columns = [f"{quoted(column(model, name).column)} = %s" for name in names]
    key = quoted(model._meta.pk.column)
    return f"UPDATE {quoted(model._meta.db_table)} SET {', '.join(columns)} WHERE {key} = %s"  # noqa: S608  # as above


def quoted(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
