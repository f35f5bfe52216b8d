"""The public address of the server, and host names in ASCII."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from unicodedata import normalize
from urllib.parse import urlsplit

import idna

NAME = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
HOST_NAME = re.compile(NAME, re.IGNORECASE | re.ASCII)
# Segments of unreserved characters, none of them `.` or `..`.
PATH = re.compile(r"(?:/(?!\.\.?(?:/|$))[A-Za-z0-9._~-]+)*")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class BaseUrl:
    """The address at which clients reach the service, in ASCII.

    The path is that under which a proxy publishes the service, without a slash at its end. The proxy removes it.
    """

    scheme: str
    host: str
    netloc: str
    path: str = ""

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it, as with the default."""
        return self.host in ("localhost", "127.0.0.1", "[::1]")

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.netloc}"

    def __str__(self) -> str:
        return f"{self.origin}{self.path}"


def parse_base_url(text: str) -> BaseUrl:
    """Return the address as clients send it. Raises `ValueError`."""
    parts = urlsplit(text)
    path = parts.path.removesuffix("/")
    is_plain = not re.search(r"[\s\\?#@]", text) and parts.port != 0
    if not is_plain or parts.scheme not in DEFAULT_PORTS or not PATH.fullmatch(path):
        raise ValueError(text)
    host = f"[{IPv6Address(parts.hostname)}]" if "[" in parts.netloc else to_ascii_host(parts.hostname or "")
    is_default = parts.port in (None, DEFAULT_PORTS[parts.scheme])
    return BaseUrl(parts.scheme, host, host if is_default else f"{host}:{parts.port}", path)


def address_of(host: str, port: int) -> str:
    """Return the address at which a browser on this machine reaches a server that listens there."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def to_ascii_host(name: str) -> str:
    """Return a host name with its labels as A-labels (IDNA 2008), in lower case, without a dot at its end.

    Raises `ValueError` for what is not a host name.
    """
    # IDNA allows no underscores, which names within a private network may have.
    encoded = name if name.isascii() else idna.encode(normalize("NFC", name.lower()), strict=True).decode()
    if not HOST_NAME.fullmatch(encoded.removesuffix(".")):
        raise ValueError(name)
    return encoded.removesuffix(".").lower()
