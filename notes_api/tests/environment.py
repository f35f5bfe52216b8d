"""Environments with given variables, and the errors that they raise."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ImproperlyConfigured

from notes_api.config.environment import Environment


def variables(**values: str) -> Environment:
    return Environment(variables=values)


def error_message(read: Callable[[], object]) -> str:
    with pytest.raises(ImproperlyConfigured) as error:
        read()
    return str(error.value)
