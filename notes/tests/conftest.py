"""The served product of the project's own tests, for the tests of notes too."""

from notes_api.tests.conftest import product, served_database, stranger, visitor

__all__ = ["product", "served_database", "stranger", "visitor"]
