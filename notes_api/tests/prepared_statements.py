"""What tests of prepared statements share."""

from django.db import connection

TITLES = "SELECT title FROM notes_note WHERE owner_id = %s AND version >= %s"


def execute(sql, *values):
    """Run SQL with Django's cursor."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def count_prepared(text):
    return execute("SELECT count(*) FROM pg_prepared_statements WHERE strpos(statement, %s) > 0", text)[0][0]
