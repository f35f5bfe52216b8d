"""Errors of the database that leave no reference cycles."""

from types import TracebackType

from django.db import Error
from django.db.utils import DatabaseErrorWrapper


class ReleasingErrorWrapper(DatabaseErrorWrapper):
    """Raises Django's error without the frame that refers to it.

    Otherwise the error and the values of its statement, which may be a long text, would stay in memory until the next
    garbage collection.
    """

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            super().__exit__(exc_type, exc_value, traceback)
        except Error as error:
            raise error.with_traceback(traceback)  # noqa: B904  # it has the cause that Django gave it
