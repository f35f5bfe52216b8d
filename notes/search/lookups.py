"""The SQL of the comparisons with what is stored of a text: filters, signatures and words."""

from typing import Any

from django.db.models import BooleanField, Expression, F, Func, Q, Value

from notes.search.bloom import COLUMNS
from notes_api.db.compiled import Parameter

GLOB_CHARACTERS = 16


class Contains(Func):
    """Whether folded words contain a pattern."""

    output_field = BooleanField()
    template = "(STRPOS(%(expressions)s) > 0)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        """INSTR looks at every character. GLOB skips to the first letter of the pattern, which is rarer than spaces.

        GLOB takes long to compare a text that repeats itself with a long pattern, so it gets only the beginning. No
        folded word contains a character that is special to GLOB.
        """
        words, pattern = (compiler.compile(each) for each in self.source_expressions)
        beginning = f"substr(ltrim({pattern[0]}), 1, {GLOB_CHARACTERS})"
        sql = f"({words[0]} GLOB '*' || {beginning} || '*' AND INSTR({words[0]}, {pattern[0]}) > 0)"
        return sql, [*words[1], *pattern[1], *words[1], *pattern[1]]


class HasBits(Func):
    """Whether a column of a filter has all of these bits, or no filter is stored.

    PostgreSQL would evaluate `=` after the comparisons with the words. It expects half of the notes to meet COALESCE,
    but much fewer to meet anything else: it would then read all of them rather than stop when the page is full.
    """

    output_field = BooleanField()

    def as_sql(  # type: ignore[override]  # the names of Func's arguments do not matter here
        self, compiler: Any, connection: Any, **context: Any
    ) -> Any:  # Any: Django's signature
        column, bits = (compiler.compile(each) for each in self.source_expressions)
        return f"COALESCE(({column[0]} & {bits[0]}) >= {bits[0]}, TRUE)", [*column[1], *bits[1], *bits[1]]


class OneCondition(Func):
    """A condition that PostgreSQL does not split. It evaluates cheap conditions first, so this one comes late."""

    output_field = BooleanField()
    template = "COALESCE(%(expressions)s, FALSE)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:  # Any: Django's signature
        """SQLite keeps the order of the query."""
        return self.as_sql(compiler, connection, template="(%(expressions)s)", **context)


def contains(column: str, pattern: str | int | Parameter) -> Q:
    """The folded words in this column contain a pattern."""
    return Q(Contains(F(column), expression(pattern)))


def may_contain(field: str, bits: tuple[str | int | Parameter, ...]) -> Q:
    """The filter of this field does not rule out a text with these bits."""
    columns = zip(COLUMNS[field], bits, strict=True)
    return Q(*(Q(HasBits(F(column), expression(each))) for column, each in columns))


def expression(value: object) -> Expression:
    return value if isinstance(value, Parameter) else Value(value)
