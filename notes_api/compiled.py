"""Queries compiled once: the first run lets Django build the SQL of a QuerySet, later ones only bring their values.

Building it takes longer than the database takes to answer. What a query reads is still said in one place, by a
QuerySet; every run goes through Django's own cursor, with its errors, transactions and hooks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import DateTimeField, Expression, Field, QuerySet, UUIDField

Rows = list[tuple[Any, ...]]  # Any: columns differ
Build = Callable[..., "QuerySet[Any, Any]"]  # Any: as above

# As many as psycopg keeps prepared for a connection.
KEPT = 100


# What SQLite is told as Django writes it there.
ADAPTED: "dict[type, Field[Any, Any]]" = {UUID: UUIDField(), datetime: DateTimeField()}  # Any: as the database takes it


class Parameter(Expression):
    """Stands in a QuerySet for a value that every run brings."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # Any: Django's signature
        return "%s", [self]


class Statement:
    """The SQL of a QuerySet of tuples, for the database it was compiled for."""

    def __init__(self, queryset: "QuerySet[Any, Any]") -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, self.parameters = compiler.as_sql()
        # A value of one request must not be answered to the next; what every request shares is a flag or a number.
        if strays := [each for each in self.parameters if not isinstance(each, Parameter | bool | int)]:
            raise TypeError(f"compiled with values that no run can change: {strays}")
        # PostgreSQL takes and gives Python's own types; what Django has otherwise, its backend of ours converts.
        self.is_native = connection.vendor == "postgresql"
        self.converters = compiler.get_converters([column for column, *_ in compiler.select])
        self.convert = compiler.apply_converters

    def run(self, values: Mapping[str, Any]) -> Rows:  # Any: each has its own type
        given = [self.adapt(values[each.name]) if isinstance(each, Parameter) else each for each in self.parameters]
        with cursor() as statement:
            statement.execute(self.sql, given)
            rows: Rows = statement.fetchall()
        return rows if self.is_native else list(map(tuple, self.convert(rows, self.converters)))

    def adapt(self, value: Any) -> Any:  # Any: as the database takes it
        field = None if self.is_native else ADAPTED.get(type(value))
        return value if field is None else field.get_db_prep_value(value, connection)


def cursor() -> Any:  # Any: Django's wrapper, which mimics whatever it wraps
    """For statements that come again: PostgreSQL prepares each once a connection."""
    open_cursor = getattr(connection, "binary_cursor", connection.cursor)
    return open_cursor()


@lru_cache(KEPT)
def statement(build: Build, vendor: str, shape: tuple[object, ...], names: tuple[str, ...]) -> Statement:
    return Statement(build(*shape, **{name: Parameter(name) for name in names}))


def compiled(build: Build) -> Callable[..., Rows]:
    """Run the QuerySet of tuples that a function builds, compiled once for each shape of it.

    What is given by position is the shape, and decides which SQL is built; what is given by name are values that the
    database is told, and never part of the SQL.
    """

    @wraps(build)
    def run(*shape: object, **values: Any) -> Rows:  # Any: as above
        return statement(build, connection.vendor, shape, tuple(values)).run(values)

    return run
