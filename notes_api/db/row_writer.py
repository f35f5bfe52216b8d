"""Writes one row at a time, each with an SQL statement that never varies: PostgreSQL parses and plans it once.

This skips what `Model.save` and `QuerySet.update` do beyond that: database defaults, signals and parent models. Use it
only for rows that need none of them and are written often.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigIntegerField, BooleanField, CharField, Field, JSONField, Model, TextField

from notes_api.db.compiled import SQLITE_FORMS, column, run_statement

# Fields whose values SQLite stores as they are.
PLAIN_FIELDS = frozenset({BigIntegerField, BooleanField, CharField, TextField})


def insert(row: Model) -> None:
    """Insert a row with its id, or with one that the database counts; raises `IntegrityError`."""
    fields = [field for field in row._meta.concrete_fields if not (field.primary_key and row.pk is None)]
    names = tuple(field.name for field in fields)
    values = database_values(fields, [getattr(row, field.attname) for field in fields])
    run_statement(insert_sql(type(row), connection.vendor, names), values)


def insert_all(rows: Sequence[Model]) -> None:
    """Insert rows of one model, all with their ids or all with ids that the database counts."""
    if not rows:
        return
    model = type(rows[0])
    fields = [field for field in model._meta.concrete_fields if not (field.primary_key and rows[0].pk is None)]
    names = tuple(field.name for field in fields)
    values = [database_values(fields, [getattr(row, field.attname) for field in fields]) for row in rows]
    if connection.vendor == "postgresql":
        # A statement for each row takes twice as long: PostgreSQL would read the constraints of the table for each.
        run_statement(insert_arrays_sql(model, names), [list(column) for column in zip(*values, strict=True)])
        return
    with connection.cursor() as cursor:
        cursor.executemany(insert_sql(model, connection.vendor, names), values)


def update(row: Model, values: Mapping[str, Any]) -> None:  # Any: each column has its own type
    """Write these columns to the row with this id."""
    fields = [column(type(row), name) for name in (*values, row._meta.pk.name)]
    parameters = database_values(fields, [*values.values(), row.pk])
    run_statement(update_sql(type(row), connection.vendor, tuple(values)), parameters)


def database_values(fields: "Iterable[Field[Any, Any]]", values: Iterable[Any]) -> list[Any]:  # Any: columns differ
    """Return the values as the database takes them."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql":
        # Our backend converts all types itself except JSON.
        return [
            field.get_db_prep_save(value, database) if isinstance(field, JSONField) else value
            for field, value in zip(fields, values, strict=True)
        ]
    return [sqlite_value(field, value) for field, value in zip(fields, values, strict=True)]


# Any: as in `database_values`.
def sqlite_value(field: "Field[Any, Any]", value: Any) -> Any:
    if value is None or type(field) in PLAIN_FIELDS:
        return value
    form = SQLITE_FORMS.get(type(value))
    return field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS]) if form is None else form(value)


@lru_cache(maxsize=64)
def insert_sql(model: type[Model], vendor: str, names: tuple[str, ...]) -> str:
    columns = [quote(column(model, name).column) for name in names]
    placeholders = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)}) VALUES ({placeholders})"  # noqa: S608  # no input


@lru_cache(maxsize=64)
def insert_arrays_sql(model: type[Model], names: tuple[str, ...]) -> str:
    """Return an INSERT for PostgreSQL whose values are columns, each an array."""
    fields = [column(model, name) for name in names]
    columns = ", ".join(quote(field.column) for field in fields)
    # Without the length: a cast to varchar(255) would shorten a longer text, which must be an error.
    arrays = ", ".join(f"%s::{str(field.db_type(connection)).partition('(')[0]}[]" for field in fields)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) SELECT * FROM unnest({arrays})"  # noqa: S608  # no input


@lru_cache(maxsize=64)
def update_sql(model: type[Model], vendor: str, names: tuple[str, ...]) -> str:
    columns = [f"{quote(column(model, name).column)} = %s" for name in names]
    key = quote(model._meta.pk.column)
    return f"UPDATE {quote(model._meta.db_table)} SET {', '.join(columns)} WHERE {key} = %s"  # noqa: S608  # no input


def quote(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
