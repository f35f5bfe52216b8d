"""Passwords from whoever runs a command: typed twice, or read from standard input."""

import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, OutputWrapper

from accounts.models import User

TRIES = 3


def asked_password(user: User, errors: OutputWrapper) -> str:
    """A password that keeps the rules, typed twice."""
    for _ in range(TRIES):
        password = typed("Password: ")
        if password != typed("Password (again): "):
            errors.write("The passwords do not match. Please try again.")
            continue
        try:
            validate_password(password, user)
        except ValidationError as error:
            errors.write("\n".join(error.messages))
            continue
        return password
    raise CommandError(f"Aborted after {TRIES} attempts.")


def typed(prompt: str) -> str:
    try:
        password = getpass.getpass(prompt)
    except EOFError:
        password = ""
    if not password:
        raise CommandError("Aborted: no password.")
    return password


def piped_password(user: User) -> str:
    """The password that is all of standard input, but for the line end that `echo` adds."""
    try:
        password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise CommandError("The password on standard input is no text.") from None
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from None
    return password
