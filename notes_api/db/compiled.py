"""Queries that Django compiles once: the first run builds the SQL of a QuerySet, later runs only pass their values.

Building the SQL takes longer than the database takes to respond. A QuerySet still defines each query, and every run
keeps Django's errors, transactions and hooks.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache, wraps
from operator import attrgetter, itemgetter
from typing import Any, overload
from uuid import UUID

import orjson
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import (
    BooleanField,
    DateTimeField,
    Expression,
    Field,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    UUIDField,
)
from django.db.models.expressions import Col
from django.db.models.sql import Query

from notes_api.db.prepared import MAX_PREPARED, Prefetch, Rows
from notes_api.monitoring.request_record import current_record

BuildQuery = Callable[..., "QuerySet[Any, Any]"]  # Any: each selects columns of its own
RunQuery = Callable[..., Rows]
# The name of each value, and its length if it is a tuple of values.
Names = tuple[tuple[str, int | None], ...]

# Searches are larger than other statements, and clients choose their shape.
MAX_CUSTOM_PLAN = 32


def store_time(moment: datetime) -> str:
    """Return a time as Django stores it in SQLite. Raises `ValueError` if it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"This time has no time zone: {moment}")
    return str(moment.astimezone(UTC).replace(tzinfo=None))


# How Django stores values of these types in SQLite, without its many calls for each.
SQLITE_FORMS: dict[type, Callable[[Any], str]] = {  # Any: as stored
    UUID: attrgetter("hex"),
    datetime: store_time,
}


def store(value: Any) -> Any:  # Any: as the database takes it
    form = SQLITE_FORMS.get(type(value))
    return value if form is None else form(value)


# What Django's converters do to the values of these columns. A page of notes would call them five hundred times.
SQLITE_LOADERS: "dict[type[Field[Any, Any]], Callable[[Any], Any]]" = {  # Any: as above
    UUIDField: lru_cache(1024)(lambda text: UUID(int=int(text, 16))),
    DateTimeField: lambda naive: naive.replace(tzinfo=UTC),
    JSONField: orjson.loads,
    BooleanField: bool,
    IntegerField: int,
}


class Parameter(Expression):
    """A placeholder in a QuerySet for a value that each run passes by this name, or at a position of a tuple."""

    def __init__(self, name: str, position: int | None = None) -> None:
        super().__init__()
        self.name = name
        self.position = position

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # Any: Django's signature
        return "%s", [self]


class Statement:
    """The SQL of a QuerySet of tuples, compiled for one database vendor."""

    def __init__(self, queryset: "QuerySet[Any, Any]") -> None:
        compiler = queryset.query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        # A value of one request must never be used for the next. Only flags and numbers are the same for all requests.
        if constants := [each for each in parameters if not isinstance(each, Parameter | bool | int)]:
            raise TypeError(f"Compiled with constants that no run can change: {constants}")
        self.getters = [getter_of(each) for each in parameters]
        # With PostgreSQL our backend converts all types itself.
        self.is_native = connection.vendor == "postgresql"
        if not self.is_native:
            converters = compiler.get_converters([column for column, *_ in compiler.select])
            self.loaders = {
                position: SQLITE_LOADERS[type(expression.output_field)]
                for position, (functions, expression) in converters.items()
                # Computed times and JSON have other forms than those of columns.
                if type(expression.output_field) in (SQLITE_LOADERS if isinstance(expression, Col) else {IntegerField})
            }
            self.converters = {position: each for position, each in converters.items() if position not in self.loaders}
            # The first compiler would keep the whole query in memory, which may have a hundred search terms.
            self.convert = Query(queryset.model).get_compiler(connection=connection).apply_converters

    def run(self, values: Mapping[str, Any], *, is_prepared: bool) -> Rows:  # Any: each value has its own type
        # Django's `connection` would look it up at each use.
        database: Any = connections[DEFAULT_DB_ALIAS]  # Any: our backends
        rows: Rows = (database.run_prepared if is_prepared else database.run_planned)(self.sql, self.bind(values))
        return rows if self.is_native or not rows else self.load_rows(rows)

    def load_rows(self, rows: Rows) -> Rows:
        """Convert what Django does not store as it is on SQLite: column by column, which is faster."""
        columns = list(zip(*(self.convert(rows, self.converters) if self.converters else rows), strict=True))
        for position, load in self.loaders.items():
            columns[position] = tuple([value if value is None else load(value) for value in columns[position]])
        return list(zip(*columns, strict=True))

    def bind(self, values: Mapping[str, Any]) -> list[Any]:  # Any: as the database takes them
        bound = [get(values) for get in self.getters]
        return bound if self.is_native else list(map(store, bound))


def getter_of(parameter: Any) -> Callable[[Mapping[str, Any]], Any]:  # Any: a parameter or a constant
    """Return what gets the value of the parameter from the values of a run."""
    if not isinstance(parameter, Parameter):
        return lambda _: parameter
    name, position = parameter.name, parameter.position
    return itemgetter(name) if position is None else lambda values: values[name][position]


class EmptyStatement:
    """Replaces a statement when Django can tell without the database that no row matches."""

    def run(self, values: Mapping[str, Any], *, is_prepared: bool) -> Rows:  # Any: as above
        return []


@cache
def column(model: type[Model], name: str) -> "Field[Any, Any]":  # Any: a column holds values of any type
    """Return the field of this name, which must be a column."""
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101  # orderings name columns, never relations
    return field


def run_statement(sql: str, values: Sequence[Any]) -> Rows:  # Any: as the database takes it
    """Run SQL that recurs, and return its rows: PostgreSQL prepares it once per connection."""
    rows: Rows = connections[DEFAULT_DB_ALIAS].run_prepared(sql, values)  # type: ignore[attr-defined]  # our backends'
    return rows


def compile_query(build: BuildQuery, shape: tuple[object, ...], names: Names) -> Statement | EmptyStatement:
    try:
        return Statement(build(*shape, **{name: parameter_for(name, length) for name, length in names}))
    except EmptyResultSet:
        return EmptyStatement()


def parameter_for(name: str, length: int | None) -> Parameter | tuple[Parameter, ...]:
    return Parameter(name) if length is None else tuple(Parameter(name, position) for position in range(length))


# Two caches, so that a flood of searches does not evict the statements that every request needs.
compile_once = lru_cache(MAX_PREPARED)(compile_query)
compile_once_for_custom_plans = lru_cache(MAX_CUSTOM_PLAN)(compile_query)


@overload
def compiled(build: BuildQuery) -> RunQuery: ...


@overload
def compiled(*, custom_plan: bool) -> Callable[[BuildQuery], RunQuery]: ...


def compiled(
    build: BuildQuery | None = None, *, custom_plan: bool = False
) -> RunQuery | Callable[[BuildQuery], RunQuery]:
    """Decorate a function that builds a QuerySet of tuples, so that calling it runs the query and returns the rows.

    Positional arguments are the shape: they must be hashable, decide which SQL is built, and the SQL is compiled once
    for each shape. Keyword arguments are values, or tuples of values: the function gets parameters in their place, and
    each run passes the values to the database. They are never part of the SQL.

    Use `custom_plan` if the best plan depends on the values. PostgreSQL then plans every run, instead of keeping one
    plan for all values.
    """
    if build is None:
        return lambda builder: run_compiled(builder, is_prepared=not custom_plan)
    return run_compiled(build, is_prepared=True)


def run_compiled(build: BuildQuery, *, is_prepared: bool) -> RunQuery:
    @wraps(build)
    def run(*shape: object, **values: Any) -> Rows:  # Any: each has its own type
        compile_cached = compile_once if is_prepared else compile_once_for_custom_plans
        return compile_cached(build, shape, names_of(values)).run(values, is_prepared=is_prepared)

    return run


def names_of(values: Mapping[str, Any]) -> Names:  # Any: each has its own type
    return tuple([(name, len(value) if type(value) is tuple else None) for name, value in values.items()])


def prefetch(query: RunQuery, *shape: object, **values: Any) -> None:  # Any: as above
    """Send this compiled query together with the next statement of the request, which saves a round trip.

    If the request then runs it with the same values, the rows are there. On SQLite this does nothing.
    """
    record = current_record.get()
    build: BuildQuery = query.__wrapped__  # type: ignore[attr-defined]  # `wraps` adds it
    statement = compile_once(build, shape, names_of(values))
    if record is not None and isinstance(statement, Statement) and statement.is_native:
        record.prefetch = Prefetch(statement.sql, statement.bind(values))
