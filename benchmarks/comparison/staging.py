"""The data as three temporary tables, from which each contestant's own tables are filled by plain SQL."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeGuard

from benchmarks.comparison.dataset import START, Dataset, email, texts, user_id

Rows = Mapping[str, Iterable[tuple[object, ...]]]

TABLES = {
    "seed_users": ("number integer", "id uuid", "email text", "moment timestamp with time zone"),
    "seed_texts": ("number integer", "title text", "content text"),
    "seed_notes": ("id uuid", "owner integer", "version integer", "text integer", "moment timestamp with time zone"),
}


def rows(dataset: Dataset) -> Rows:
    return {
        "seed_users": ((number, user_id(number), email(number), START) for number in range(dataset.accounts)),
        "seed_texts": ((number, text.title, text.content) for number, text in enumerate(texts())),
        "seed_notes": ((note.id, note.owner, note.version, note.text, note.moment) for note in dataset.notes()),
    }


def stage(cursor: Any, dataset: Dataset) -> None:  # Any: psycopg's cursor, or Django's around it
    """Create the temporary tables on PostgreSQL; they end with the connection."""
    for name, data in rows(dataset).items():
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({', '.join(TABLES[name])})")
        with cursor.copy(f"COPY {name} FROM STDIN") as copy:
            for row in data:
                copy.write_row(row)
        cursor.execute(f"ANALYZE {name}")


def stage_on_sqlite(cursor: Any, dataset: Dataset) -> None:  # Any: Django's cursor
    """Create the temporary tables on SQLite, with ids and times in Django's format."""
    for name, data in rows(dataset).items():
        # Columns without a type: SQLite would store an id of digits only as a number.
        columns = ", ".join(column.split()[0] for column in TABLES[name])
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        values = ", ".join("%s" for _ in TABLES[name])
        cursor.executemany(f"INSERT INTO {name} VALUES ({values})", map(as_django_keeps_it, data))
    cursor.execute("CREATE INDEX temp.seed_user_number ON seed_users (number)")


def as_django_keeps_it(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(
        value.replace(tzinfo=None).isoformat(" ") if isinstance(value, datetime)
        else value.replace("-", "") if is_id(value)
        else value
        for value in row
    )  # fmt: skip


def is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4
