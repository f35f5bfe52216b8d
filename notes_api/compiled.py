"""Queries compiled once: the first run lets Django build the SQL of a QuerySet, later ones only bring their values.

Building it takes longer than the database takes to answer. What a query reads is still said in one place, by a
QuerySet; every run goes through Django's own cursor, with its errors, transactions and hooks.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import DateTimeField, Expression, Field, QuerySet, UUIDField
from django.db.models.sql import Query

Rows = list[tuple[Any, ...]]  # Any: columns differ
Build = Callable[..., "QuerySet[Any, Any]"]  # Any: as above

# As many as psycopg keeps prepared for a connection; and of those that clients give any shape, which are larger.
KEPT, KEPT_ANEW = 100, 32


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
        self.sql, parameters = compiler.as_sql()
        # A value of one request must not be answered to the next; what every request shares is a flag or a number.
        if strays := [each for each in parameters if not isinstance(each, Parameter | bool | int)]:
            raise TypeError(f"compiled with values that no run can change: {strays}")
        # The name of a value, or a value.
        self.parameters = [each.name if isinstance(each, Parameter) else each for each in parameters]
        # PostgreSQL takes and gives Python's own types; what Django has otherwise, its backend of ours converts.
        self.is_native = connection.vendor == "postgresql"
        if not self.is_native:
            self.converters = compiler.get_converters([column for column, *_ in compiler.select])
            # Its own compiler would keep all of a query that may have a hundred terms.
            self.convert = Query(queryset.model).get_compiler(connection=connection).apply_converters

    def run(self, values: Mapping[str, Any], *, is_prepared: bool) -> Rows:  # Any: each has its own type
        given = [self.adapt(values[each]) if isinstance(each, str) else each for each in self.parameters]
        with cursor(is_prepared=is_prepared) as statement:
            statement.execute(self.sql, given)
            rows: Rows = statement.fetchall()
        return rows if self.is_native else list(map(tuple, self.convert(rows, self.converters)))

    def adapt(self, value: Any) -> Any:  # Any: as the database takes it
        field = None if self.is_native else ADAPTED.get(type(value))
        return value if field is None else field.get_db_prep_value(value, connection)


class Nothing:
    """Stands for a statement where Django knows beforehand that no row can be found."""

    def run(self, values: Mapping[str, Any], *, is_prepared: bool) -> Rows:  # Any: as above
        return []


def cursor(*, is_prepared: bool = True) -> Any:  # Any: Django's wrapper, which mimics whatever it wraps
    """For statements that come again: PostgreSQL prepares each once a connection."""
    if hasattr(connection, "binary_cursor"):
        return connection.binary_cursor(is_prepared=is_prepared)
    return connection.cursor()


def made(build: Build, vendor: str, shape: tuple[object, ...], names: tuple[str, ...]) -> Statement | Nothing:
    try:
        return Statement(build(*shape, **{name: Parameter(name) for name in names}))
    except EmptyResultSet:
        return Nothing()


# Two, so that no flood of searches drives out what every request needs.
statement, statement_anew = lru_cache(KEPT)(made), lru_cache(KEPT_ANEW)(made)


def compiled(build: Build) -> Callable[..., Rows]:
    """Run the QuerySet of tuples that a function builds, compiled once for each shape of it.

    What is given by position is the shape, and decides which SQL is built; what is given by name are values that the
    database is told, and never part of the SQL.
    """
    return running(build, is_prepared=True)


def planned_anew(build: Build) -> Callable[..., Rows]:
    """The same where the best plan depends on the values, so that PostgreSQL had better not keep one for all."""
    return running(build, is_prepared=False)


def running(build: Build, *, is_prepared: bool) -> Callable[..., Rows]:
    @wraps(build)
    def run(*shape: object, **values: Any) -> Rows:  # Any: each has its own type
        known = statement if is_prepared else statement_anew
        found = known(build, connection.vendor, shape, tuple(values))
        return found.run(values, is_prepared=is_prepared)

    return run
