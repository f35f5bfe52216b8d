"""Read the password for a management command: typed twice, or from standard input."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, OutputWrapper

from accounts.authentication.passwords import normalize_password
from accounts.models import User

MAX_ATTEMPTS = 3


def prompt_for_password(user: User, errors: OutputWrapper) -> str:
    """Prompt for a valid password, typed twice. Raises `CommandError` after three attempts."""
    for _ in range(MAX_ATTEMPTS):
        password = prompt_once("Password: ")
        if normalize_password(password) != normalize_password(prompt_once("Password (again): ")):
            errors.write("The passwords do not match. Please try again.")
            continue
        try:
            validate_password(password, user)
        except ValidationError as error:
            errors.write("\n".join(error.messages))
            continue
        return password
    raise CommandError(f"Aborted after {MAX_ATTEMPTS} attempts.")


def prompt_once(prompt: str) -> str:
    try:
        password = getpass.getpass(prompt)
    except EOFError:
        password = ""
    if not password:
        raise CommandError("Aborted: the password is empty.")
    return password


def read_password_from_stdin(user: User) -> str:
    """Read the password from the first line of standard input. PowerShell puts a byte order mark before it."""
    try:
        password = sys.stdin.readline().removesuffix("\n").removesuffix("\r").removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise CommandError("The password on standard input is not text.") from None
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return password
