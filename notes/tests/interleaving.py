"""Forces another write between what a request reads and what it writes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, connections

T = TypeVar("T")

# The first statement of a write: the single statement of PostgreSQL, a transaction on SQLite, or a tick on PostgreSQL.
FIRST_STATEMENTS = ("WITH ticked", "BEGIN", "UPDATE accounts_clock")


@contextmanager
def before_the_write(action: Callable[[], object]) -> Iterator[list[str]]:
    """Run `action` on another connection right before the first write; yield the SQL of the statements from then on."""
    statements: list[str] = []

    def intercept(execute, sql, params, many, context):
        is_first = not statements and sql.startswith(FIRST_STATEMENTS)
        if is_first:
            run_elsewhere(action)
        if is_first or statements:
            statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(intercept):
        yield statements
    assert statements, "Nothing was written"


def run_elsewhere(action: Callable[[], object]) -> None:
    """Run `action` in another thread, which has a database connection of its own."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(closing(action)).result()


def closing(action: Callable[..., T]) -> Callable[..., T]:
    """Close the connections of the thread after the action: nobody else can."""

    def run(*arguments: object) -> T:
        try:
            return action(*arguments)
        finally:
            connections.close_all()

    return run
