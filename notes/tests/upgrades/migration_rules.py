"""What a migration may do while the version before it serves.

That version reads and writes the tables and columns that it knows, inserts rows without the others, and must not wait
for long. So the tables are compared, and the statements read. Tables newer than the last release are not checked.
"""

import re

from django.db import connection

COLUMNS = {
    "postgresql": (
        "SELECT table_name, column_name, udt_name || coalesce(character_maximum_length::text, ''), is_nullable = 'YES',"
        " column_default IS NOT NULL OR is_identity = 'YES' FROM information_schema.columns"
        " WHERE table_schema = 'public'"
    ),
    "sqlite": (
        'SELECT tables.name, columns.name, columns.type, NOT columns."notnull", columns.dflt_value IS NOT NULL'
        " FROM sqlite_master tables, pragma_table_info(tables.name) columns WHERE tables.type = 'table'"
    ),
}
# Tables that grow with every note.
LARGE = ["notes_note", "notes_revision"]
# Statements that read or write a whole table of PostgreSQL while others wait for it.
SLOW = {
    "CREATE (UNIQUE )?INDEX (?!CONCURRENTLY).* ON {table}": "builds an index, use AddIndexConcurrently",
    "ALTER TABLE {table} ADD CONSTRAINT (?!.*(NOT VALID|USING INDEX))": "adds a constraint to all rows",
    "ALTER TABLE {table} ADD COLUMN .* UNIQUE": "adds a constraint to all rows",
    "ALTER TABLE {table} .*SET NOT NULL": "reads all rows",
    "ALTER TABLE {table} ALTER COLUMN .* TYPE ": "changes the type of a column",
}
# The same for SQLite, where it matters in large tables only.
REMADE = 'CREATE TABLE "new__{name}"'
# Statements that change rows, in a migration that is one transaction.
CHANGE = "UPDATE {table}|DELETE FROM {table}|INSERT INTO (?!.new__).* SELECT .* FROM {table}"


class Watch:
    """A wrapper of statements that collects the `faults` of each migration, by its name."""

    def __init__(self):
        self.released = read_tables()
        self.statements, self.faults, self.known = [], {}, set()

    def __call__(self, execute, sql, params, *rest):
        result = execute(sql, params, *rest)
        self.statements.append(sql)
        if str(sql).startswith('INSERT INTO "django_migrations"'):
            incompatible = set(find_incompatible(self.released, read_tables()))
            if faults := (incompatible - self.known) | set(self.find_slow()):
                self.faults[".".join(params[:2])] = faults
            self.statements, self.known = [], self.known | incompatible
        return result

    def find_slow(self):
        if connection.vendor == "postgresql":
            for pattern, fault in SLOW.items():
                yield from self.find(pattern, self.released, fault)
        else:
            yield from self.find(REMADE, LARGE, "writes all rows again, let new columns be NULL")
        if connection.in_atomic_block:
            yield from self.find(CHANGE, LARGE, "changes rows in one transaction, do it in batches with atomic = False")

    def find(self, pattern, tables, fault):
        for table in tables:
            compiled = re.compile(pattern.format(table=f'"?{table}"?(?!\\w)', name=table))
            if any(compiled.match(str(sql)) for sql in self.statements):
                yield f"{table}: {fault}"


def read_tables():
    tables = {}
    for table, column, *properties in connection.connection.execute(COLUMNS[connection.vendor]).fetchall():
        tables.setdefault(table, {})[column] = tuple(properties)
    return tables


def find_incompatible(before, now):
    for table, columns in before.items():
        if table not in now:
            yield f"{table}: is missing"
            continue
        for column, (kind, is_nullable, _) in columns.items():
            if column not in now[table]:
                yield f"{table}.{column}: is missing"
            elif now[table][column][0] != kind:
                yield f"{table}.{column}: has another type"
            elif is_nullable and not now[table][column][1]:
                yield f"{table}.{column}: does not accept NULL any more"
        for column in now[table].keys() - columns.keys():
            _, is_nullable, has_default = now[table][column]
            if not (is_nullable or has_default):
                yield f"{table}.{column}: is new and has no default in the database"
