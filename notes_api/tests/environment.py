"""Environments with given variables, and the errors that they raise."""

from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured

from notes_api.config.environment import Environment


def variables(**values: str) -> Environment:
    return Environment(variables=values)


def error_message(read: Callable[[], object]) -> str:
    """Return the message of the error; empty if there is none."""
    try:
        read()
    except ImproperlyConfigured as error:
        return str(error)
    return ""
