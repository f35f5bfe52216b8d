"""Parsers for EMAIL_URL and EMAIL_FROM: the mail server and the sender of e-mail."""

import re
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

# Seconds to wait for a mail server to respond.
TIMEOUT = 10

# The characters that RFC 3986, section 3.2.1, allows in user and password. Others must be percent-encoded.
TEXT = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
SMTP = re.compile(
    rf"smtp(?P<security>\+tls|\+ssl)?://(?:(?P<user>{TEXT}):(?P<password>{TEXT})@)?"
    rf"(?:(?P<name>{HOST})|\[(?P<address>[0-9a-fA-F:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?/?"
)
SECURITY: dict[str | None, dict[str, Any]] = {  # Any: the options of Django's backend have different types
    None: {"port": 25},
    "+tls": {"port": 587, "use_tls": True},
    "+ssl": {"port": 465, "use_ssl": True},
}
# Characters that need no quotes in a display name (RFC 5322, section 3.2.3) and cannot break the header.
NAME = r"""[^\x00-\x1f\x7f-\x9f"(),:;<>@[\\\]\u2028\u2029]+"""
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{HOST}"
SENDER = re.compile(rf"{NAME} <{ADDRESS}>|<?{ADDRESS}>?")


def parse_email_url(url: str) -> dict[str, Any]:  # Any: as above
    """Return an entry of Django's MAILERS setting. Raises `ImproperlyConfigured`."""
    if url == "consolemail://":
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        return {"BACKEND": "notes_api.mail.LimitedSMTPBackend", "OPTIONS": smtp_options(url)}
    except ValueError:
        # The message leaves out the value because it may contain a password.
        raise ImproperlyConfigured(
            "EMAIL_URL must be consolemail:// or a URL such as smtp+tls://user:password@mail.example.org:587"
            " (smtp, smtp+tls or smtp+ssl, with special characters in user and password percent-encoded)."
        ) from None


def smtp_options(url: str) -> dict[str, Any]:  # Any: as above
    """Return the options of Django's SMTP backend. Raises `ValueError`."""
    match = SMTP.fullmatch(url)
    if match is None:
        raise ValueError
    options = {"host": match["name"] or match["address"], "timeout": TIMEOUT, **SECURITY[match["security"]]}
    if match["user"]:
        options |= {"username": decode(match["user"]), "password": decode(match["password"])}
    if match["port"]:
        options["port"] = int(match["port"])
    if not 0 < options["port"] < 65536:
        raise ValueError
    return options


def decode(text: str) -> str:
    plain = unquote(text, errors="strict")
    if not plain.isprintable():
        raise ValueError
    return plain


def parse_sender(text: str, host: str) -> str:
    """Return the sender. If `text` is empty, use notes@ and the host, or localhost if the host is an IP address.

    Raises `ImproperlyConfigured`.
    """
    if not text:
        return f"Cloud Notes <notes@{host if re.search('[a-z]', host) and '[' not in host else 'localhost'}>"
    if SENDER.fullmatch(text):
        return text
    raise ImproperlyConfigured(
        f"EMAIL_FROM must be an e-mail address, such as notes@example.org or Cloud Notes <notes@example.org>,"
        f" not {text!r}."
    )
