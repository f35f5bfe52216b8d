"""Readers of environment variables; each refuses nonsense with a sentence that names the variable."""

import ipaddress
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NamedTuple
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from notes_api.addresses import Network, network_meant_by
from notes_api.secret_keys import unguessable

NAME = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*"
HOST_NAME = re.compile(NAME, re.IGNORECASE | re.ASCII)
# What Django compares the host of a request with: a name, all names below one, an IPv6 address, or anything.
HOST_PATTERN = re.compile(rf"\*|\.?{NAME}|\[[0-9a-f:.]+\]", re.IGNORECASE | re.ASCII)
# Applications on a phone have schemes of their own: capacitor://localhost.
ORIGIN = re.compile(rf"([a-z][a-z0-9+.-]*)://({NAME}|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?/?", re.IGNORECASE | re.ASCII)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Rate(NamedTuple):
    """So many attempts in so many seconds."""

    limit: int
    seconds: int

    def times(self, factor: int) -> "Rate":
        return Rate(self.limit * factor, self.seconds)


@dataclass(frozen=True)
class BaseUrl:
    """Where the service is reached from outside: a scheme and a host, no path."""

    scheme: str
    host: str
    netloc: str

    @property
    def is_https(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def read_env_file(path: Path) -> Mapping[str, str]:
    """What a `.env` says, nothing if there is none. The process environment stays as it is."""

    class EnvFile(environ.Env):  # type: ignore[misc]  # its package has no types
        ENVIRON: ClassVar[dict[str, str]] = {}

    EnvFile.read_env(path)
    return EnvFile.ENVIRON


def read_secret_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        reason = error.strerror
    except UnicodeDecodeError:
        reason = "it is not text"
    raise ImproperlyConfigured(f"{name} names {path!r}, which cannot be read: {reason}.")


def is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class Environment:
    """The process environment over an optional `.env` file.

    Values are taken literally: `$` starts no reference, `#` no comment. An empty value counts as unset, and hides
    what the file says. `NAME_FILE` names a file that holds the value of `NAME`, for secrets mounted by an
    orchestrator; `NAME` itself wins over it.
    """

    def __init__(self, env_file: Path | None = None, variables: Mapping[str, str] | None = None) -> None:
        process = os.environ if variables is None else variables
        self.layers = [process, read_env_file(env_file)] if env_file else [process]

    def lookup(self, name: str) -> str | None:
        for layer in self.layers:
            if value := layer.get(name):
                return value
            if path := layer.get(f"{name}_FILE"):
                return read_secret_file(f"{name}_FILE", path)
            if name in layer:
                return ""
        return None

    def text(self, name: str, default: str = "") -> str:
        return self.lookup(name) or default

    def optional(self, name: str, default: str) -> str:
        """Like `text`, but an empty value is kept: it switches something off."""
        value = self.lookup(name)
        return default if value is None else value

    def required(self, name: str, why: str) -> str:
        if value := self.text(name):
            return value
        raise ImproperlyConfigured(f"{name} is not set: {why}.")

    def integer(self, name: str, default: int, minimum: int, maximum: int) -> int:
        value = self.text(name, str(default))
        if re.fullmatch(r"[0-9]{1,12}", value) and minimum <= int(value) <= maximum:
            return int(value)
        raise ImproperlyConfigured(f"{name} must be a whole number from {minimum} to {maximum}, not {value!r}.")

    def flag(self, name: str) -> bool:
        return self.choice(name, "false", ("true", "false", "1", "0")) in ("true", "1")

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        value = self.text(name, default)
        if value in allowed:
            return value
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {value!r}.")

    def words(self, name: str) -> list[str]:
        return [word for word in re.split(r"[,\s]+", self.text(name)) if word]

    def networks(self, name: str) -> list[Network]:
        try:
            return [network_meant_by(word) for word in self.words(name)]
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must list IP addresses or networks: {error}.") from None

    def host(self, name: str, default: str) -> str:
        """Where to listen: an IP address or a name, no port."""
        value = self.text(name, default)
        if HOST_NAME.fullmatch(value) or is_ip_address(value):
            return value
        raise ImproperlyConfigured(
            f"{name} must be an IP address or the name of a host, without a port, not {value!r}."
        )

    def hosts(self, name: str) -> list[str]:
        words = self.words(name)
        for word in words:
            if not HOST_PATTERN.fullmatch(word):
                raise ImproperlyConfigured(
                    f"{name} must list names of hosts without scheme, port or path, such as notes.example.org,"
                    f" .example.org or [::1], not {word!r}."
                )
        return words

    def origins(self, name: str) -> list[str]:
        """Origins as browsers write them (RFC 6454, section 6.2): in lower case, without a default port."""
        return [self.origin(name, word) for word in self.words(name)]

    def origin(self, name: str, word: str) -> str:
        match = ORIGIN.fullmatch(word)
        if match is None:
            raise ImproperlyConfigured(f"{name} must list origins such as https://app.example.org, not {word!r}.")
        scheme, host, port = match[1].lower(), match[2].lower(), match[3] or ""
        return f"{scheme}://{host}{port if port != DEFAULT_PORTS.get(scheme) else ''}"

    def directory(self, name: str) -> str | None:
        """A directory in which a file can be made: tried, since permissions alone do not tell."""
        path = self.text(name)
        if not path:
            return None
        try:
            tempfile.TemporaryFile(dir=path).close()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} must be a directory that can be written to, not {path!r}: {error.strerror}."
            ) from None
        return path

    def file(self, name: str, default: str, base: Path) -> Path:
        """A file that is there or can be made, relative to `base`."""
        path = base / self.text(name, default)
        if path.parent.is_dir() and not path.is_dir():
            return path
        raise ImproperlyConfigured(f"{name} must be a file in a directory that exists, not {str(path)!r}.")

    def rate(self, name: str, default: str) -> Rate | None:
        """`10/15m`: ten in fifteen minutes. An empty value switches the throttle off."""
        value = self.optional(name, default)
        if not value:
            return None
        match = re.fullmatch(r"([1-9][0-9]{0,6})/([1-9][0-9]{0,4})?([smhd])", value)
        if match is None:
            raise ImproperlyConfigured(f"{name} must look like 10/15m (units s, m, h, d) or be empty, not {value!r}.")
        limit, amount, unit = match.groups()
        return Rate(int(limit), int(amount or 1) * SECONDS[unit])

    def base_url(self, name: str, default: str) -> BaseUrl:
        value = self.text(name, default)
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            parts, host = urlsplit(""), None
        extras = parts.path.strip("/") or parts.query or parts.fragment or parts.username
        if parts.scheme not in ("http", "https") or not host or extras:
            raise ImproperlyConfigured(
                f"{name} must be an http:// or https:// address without a path, such as https://notes.example.org,"
                f" not {value!r}."
            )
        return BaseUrl(parts.scheme, f"[{host}]" if ":" in host else host, parts.netloc.lower())

    def redis_url(self, name: str) -> str:
        """A refusal does not repeat the value, which may hold a password."""
        value = self.text(name)
        with suppress(ValueError):
            parts = urlsplit(value)
            place = parts.path if parts.scheme == "unix" else parts.hostname and parts.port != 0
            if not value or (parts.scheme in ("redis", "rediss", "unix") and place and not parts.query):
                return value
        raise ImproperlyConfigured(f"{name} must be like redis://:password@host:6379/0, rediss://… or unix:///path.")

    def secret_key(self, name: str, *, is_debug: bool) -> str:
        """At least 32 bytes that nobody published; with DEBUG on, anything goes."""
        key = self.required(name, "it signs every token; `make env` writes a random one")
        return key if is_debug else unguessable(key, name)

    def secret_keys(self, name: str, *, is_debug: bool) -> list[str]:
        """Any number of such keys."""
        return [key if is_debug else unguessable(key, f"{name} has a key that") for key in self.words(name)]
