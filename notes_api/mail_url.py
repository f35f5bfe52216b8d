"""EMAIL_URL and EMAIL_FROM: by which server mail goes, and from whom."""

import re
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

# Seconds in which a mail server has to answer.
TIMEOUT = 10

# What RFC 3986 (section 3.2.1) allows there; anything else is percent-encoded.
TEXT = r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+"
HOST = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
SMTP = re.compile(
    rf"smtp(?P<security>\+tls|\+ssl)?://(?:(?P<user>{TEXT}):(?P<password>{TEXT})@)?"
    rf"(?:(?P<name>{HOST})|\[(?P<address>[0-9a-fA-F:.]+)\])(?::(?P<port>[0-9]{{1,5}}))?/?"
)
SECURITY: dict[str | None, dict[str, Any]] = {  # Any: options of Django's backend
    None: {"port": 25},
    "+tls": {"port": 587, "use_tls": True},
    "+ssl": {"port": 465, "use_ssl": True},
}
# The name may hold whatever needs no quotes (RFC 5322, section 3.2.3) or is no header's business.
NAME = r"""[^\x00-\x1f\x7f-\x9f"(),:;<>@[\\\]\u2028\u2029]+"""
ADDRESS = rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{HOST}"
SENDER = re.compile(rf"{NAME} <{ADDRESS}>|<?{ADDRESS}>?")


def mailer_of(url: str) -> dict[str, Any]:  # Any: as above
    """An entry of Django's MAILERS."""
    if url == "consolemail://":
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    try:
        return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": smtp_options(url)}
    except ValueError:
        # Without the value, which may hold a password.
        raise ImproperlyConfigured(
            "EMAIL_URL must be consolemail:// or an address such as smtp+tls://user:password@mail.example.org:587"
            " (smtp, smtp+tls or smtp+ssl; in user and password everything but letters and digits as %XX)."
        ) from None


def smtp_options(url: str) -> dict[str, Any]:  # Any: as above
    """`ValueError` where the address makes no sense."""
    match = SMTP.fullmatch(url)
    if match is None:
        raise ValueError
    options = {"host": match["name"] or match["address"], "timeout": TIMEOUT, **SECURITY[match["security"]]}
    if match["user"]:
        options |= {"username": decoded(match["user"]), "password": decoded(match["password"])}
    if match["port"]:
        options["port"] = int(match["port"])
    if not 0 < options["port"] < 65536:
        raise ValueError
    return options


def decoded(text: str) -> str:
    plain = unquote(text, errors="strict")
    if not plain.isprintable():
        raise ValueError
    return plain


def sender_of(text: str, host: str) -> str:
    """From whom mail comes; unless that is said, from this host, where it has a name."""
    if not text:
        return f"Cloud Notes <notes@{host if re.search('[a-z]', host) and '[' not in host else 'localhost'}>"
    if SENDER.fullmatch(text):
        return text
    raise ImproperlyConfigured(
        f"EMAIL_FROM must be an e-mail address, or a name and one: Cloud Notes <notes@example.org>, not {text!r}."
    )
