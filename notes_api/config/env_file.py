"""Reads a `.env` file as its author meant it, or says in which line it cannot.

Messages never contain the text of a line, because it may hold a password.
"""

import codecs
import io
import os
import re
from pathlib import Path
from typing import ClassVar

import environ
from django.core.exceptions import ImproperlyConfigured

LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:=|:\s)\s*(.*)", re.DOTALL)
# A value in quotation marks, and perhaps a comment. Between single ones everything is literal.
QUOTED = re.compile(r"""'([^']*)'\s*(?:\s\#.*)?|"((?:[^"\\]|\\.)*)"\s*(?:\s\#.*)?|'(.*)'|"(.*)\"""", re.VERBOSE)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_env_file(path: Path, *, is_required: bool = False) -> dict[str, str]:
    """Return the variables in the file; none if there is no file, unless it is required.

    Does not change the process environment. Raises `ImproperlyConfigured`.
    """
    if not is_required and not os.path.lexists(path):
        return {}
    try:
        content = decode_marked(path.read_bytes())
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ImproperlyConfigured(f"{path} is not text.") from None
    lines = []
    for number, line in enumerate(content.splitlines(), 1):
        try:
            lines.append(normalize_line(line))
        except ValueError as error:
            raise ImproperlyConfigured(f"{path}, line {number}: {error}.") from None
    return parse_normalized("\n".join(lines))


def parse_normalized(content: str) -> dict[str, str]:
    class EnvFile(environ.Env):  # type: ignore[misc]  # its package has no types
        ENVIRON: ClassVar[dict[str, str]] = {}

    EnvFile.read_env(io.StringIO(content))
    return EnvFile.ENVIRON


def decode_marked(content: bytes) -> bytes:
    """Return the content without a byte order mark, and in UTF-8 if the mark says that it is UTF-16."""
    if content.startswith(UTF_16):
        return content.decode("utf-16").encode()
    return content.removeprefix(codecs.BOM_UTF8)


def normalize_line(content: bytes) -> str:
    """Return the line as django-environ reads it, which skips lines in other forms and logs their text.

    Empty for a blank line or a comment. Raises `ValueError`.
    """
    try:
        line = content.decode().strip()
    except UnicodeDecodeError:
        if content.lstrip().startswith(b"#"):
            return ""
        raise ValueError("it is not UTF-8") from None
    if not line or line.startswith("#"):
        return ""
    match = LINE.fullmatch(line)
    if match is None or "\0" in line:
        raise ValueError("it is not NAME=value")
    if len(line.splitlines()) > 1:
        raise ValueError("it contains a control character that ends a line")
    return f"{match[1]}={normalize_value(match[2])}"


def normalize_value(value: str) -> str:
    """Return a value in quotation marks without the comment after it. Raises `ValueError` if the marks do not match."""
    if not value.startswith(("'", '"')):
        return value
    match = QUOTED.fullmatch(value)
    if match is None:
        raise ValueError("the quotation mark at the beginning of the value has none at its end")
    literal, escaped = match[1] or match[3], match[2] or match[4] or ""
    return f'"{escape(literal) if literal else escaped}"'


def escape(literal: str) -> str:
    return re.sub(r'(["\\])', r"\\\1", literal)
