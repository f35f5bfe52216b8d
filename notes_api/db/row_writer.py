"""Writes rows, each with an SQL statement that never varies: PostgreSQL parses and plans it once.

This skips what `Model.save` and `QuerySet.update` do beyond that: database defaults, signals and parent models. Use it
only for rows that need none of them and are written often.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import BigIntegerField, BooleanField, CharField, Field, JSONField, Model, TextField

from notes_api.db.compiled import SQLITE_FORMS, column, run_statement

# The most rows that one UPDATE of PostgreSQL writes.
BATCH_SIZE = 500
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


# Any: columns differ.
def update_all(model: type[Model], names: tuple[str, ...], rows: Sequence[tuple[list[Any], Any]]) -> None:
    """Write these columns to many rows, given by their values and their ids, all as `values_of` returns them.

    Rows that get the same values should share one list: PostgreSQL receives it once for many of them.
    """
    if connection.vendor == "postgresql":
        by_list = sorted(rows, key=lambda row: id(row[0]))
        for first in range(0, len(rows), BATCH_SIZE):
            run_statement(update_arrays_sql(model, names), as_arrays(by_list[first : first + BATCH_SIZE]))
        return
    # In the given order, which is usually that of the table.
    with connection.cursor() as cursor:
        cursor.executemany(update_sql(model, connection.vendor, names), [[*values, key] for values, key in rows])


def as_arrays(rows: Sequence[tuple[list[Any], Any]]) -> list[list[Any]]:  # Any: columns differ
    """Return the parameters of `update_arrays_sql`."""
    lists = {id(values): values for values, _ in rows}
    places = {key: place for place, key in enumerate(lists, 1)}
    columns = [list(column) for column in zip(*lists.values(), strict=True)]
    return [*columns, [places[id(values)] for values, _ in rows], [key for _, key in rows]]


def values_of(model: type[Model], names: Iterable[str], values: Iterable[Any]) -> list[Any]:  # Any: columns differ
    """Return values of these columns as the database takes them."""
    return database_values([column(model, name) for name in names], values)


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
    columns = ", ".join(quote(column(model, name).column) for name in names)
    return f"INSERT INTO {quote(model._meta.db_table)} ({columns}) SELECT * FROM {arrays_of(model, names)}"  # noqa: S608  # no input


@lru_cache(maxsize=64)
def update_arrays_sql(model: type[Model], names: tuple[str, ...]) -> str:
    """Return an UPDATE for PostgreSQL whose parameters are arrays.

    These are a column of values each, then for each row its place in them, counted from 1, and its id.
    """
    table, key = quote(model._meta.db_table), model._meta.pk
    columns = [quote(column(model, name).column) for name in names]
    changes = ", ".join(f"{each} = written.{each}" for each in columns)
    written = f"{arrays_of(model, names)} WITH ORDINALITY AS written({', '.join([*columns, 'place'])})"
    changed = f"unnest(%s::int[], %s::{key.db_type(connection)}[]) AS changed(place, id)"
    where = f"written.place = changed.place AND {table}.{quote(key.column)} = changed.id"
    return f"UPDATE {table} SET {changes} FROM {written}, {changed} WHERE {where}"  # noqa: S608  # no input


def arrays_of(model: type[Model], names: Iterable[str]) -> str:
    """Return rows for PostgreSQL, whose columns are parameters, each an array."""
    types = (str(column(model, name).db_type(connection)) for name in names)
    # Without the length: a cast to varchar(255) would shorten a longer text, which must be an error.
    arrays = (f"%s::{each.partition('(')[0]}[]" for each in types)
    return f"unnest({', '.join(arrays)})"


@lru_cache(maxsize=64)
def update_sql(model: type[Model], vendor: str, names: tuple[str, ...]) -> str:
    columns = [f"{quote(column(model, name).column)} = %s" for name in names]
    key = quote(model._meta.pk.column)
    return f"UPDATE {quote(model._meta.db_table)} SET {', '.join(columns)} WHERE {key} = %s"  # noqa: S608  # no input


def quote(name: str | None) -> str:
    return connection.ops.quote_name(name or "")
