"""Readers for environment variables. Each rejects an invalid value with a message that names the variable."""

import ipaddress
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from notes_api.config.base_url import HOST_NAME, NAME, BaseUrl, parse_base_url, to_ascii_host
from notes_api.config.env_file import decode_marked, read_env_file
from notes_api.config.ip_addresses import Network, parse_network
from notes_api.config.rate import Rate
from notes_api.config.secret_keys import require_strong_key

# The patterns that ALLOWED_HOSTS accepts: a name, a domain with all its subdomains, an IPv6 address, or any host.
HOST_PATTERN = re.compile(rf"\*|\.?{NAME}|\[[0-9a-f:.]+\]", re.IGNORECASE | re.ASCII)
# Mobile applications use schemes of their own, such as capacitor://localhost.
ORIGIN = re.compile(rf"([a-z][a-z0-9+.-]*)://({NAME}|\[[0-9a-f:.]+\])(:[0-9]{{1,5}})?/?", re.IGNORECASE | re.ASCII)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def read_secret_file(name: str, path: str) -> str:
    """Return the text of the file, without the byte order mark and the line end that editors add."""
    try:
        return decode_marked(Path(path).read_bytes()).decode().strip()
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
    """The variables of the process environment and of an optional `.env` file. The process environment comes first.

    Values are literal: `$` and `#` have no special meaning. An empty value counts as unset and hides the value in the
    file. `NAME_FILE` names a file that contains the value of `NAME`, for secrets that an orchestrator mounts. `NAME`
    itself takes precedence over it.
    """

    def __init__(
        self,
        env_file: Path | None = None,
        variables: Mapping[str, str] | None = None,
        *,
        is_file_required: bool = False,
    ) -> None:
        self.layers: list[Mapping[str, str]] = [os.environ if variables is None else variables]
        if env_file:
            self.layers.append(read_env_file(env_file, is_required=is_file_required))

    def lookup(self, name: str) -> str | None:
        """Return the value, an empty string if the variable is set but empty, or None if it is not set."""
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
        """Like `text`, but return an empty value instead of the default: it turns something off."""
        value = self.lookup(name)
        return default if value is None else value

    def required(self, name: str, reason: str) -> str:
        if value := self.text(name):
            return value
        raise ImproperlyConfigured(f"{name} is not set: {reason}.")

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
            return [parse_network(word) for word in self.words(name)]
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} must list IP addresses or networks: {error}.") from None

    def host(self, name: str, default: str) -> str:
        """Return the address to listen on: an IP address or a host name, without a port."""
        value = self.text(name, default)
        if HOST_NAME.fullmatch(value) or is_ip_address(value):
            return value
        raise ImproperlyConfigured(f"{name} must be an IP address or a host name, without a port, not {value!r}.")

    def hosts(self, name: str) -> list[str]:
        return [self.host_pattern(name, word) for word in self.words(name)]

    def host_pattern(self, name: str, word: str) -> str:
        dot = "." if word.startswith(".") else ""
        with suppress(ValueError):
            word = dot + to_ascii_host(word.removeprefix("."))
        if HOST_PATTERN.fullmatch(word):
            return word
        raise ImproperlyConfigured(
            f"{name} must list host names without a scheme, port or path, such as notes.example.org,"
            f" .example.org or [::1], not {word!r}."
        )

    def origins(self, name: str) -> list[str]:
        """Return origins as browsers send them (RFC 6454, section 6.2): in lower case, without a default port."""
        return [self.origin(name, word) for word in self.words(name)]

    def origin(self, name: str, word: str) -> str:
        try:
            match = ORIGIN.fullmatch(str(parse_base_url(word)))
        except ValueError:
            match = ORIGIN.fullmatch(word)
        if match is None:
            raise ImproperlyConfigured(f"{name} must list origins such as https://app.example.org, not {word!r}.")
        return f"{match[1].lower()}://{match[2].lower()}{match[3] or ''}"

    def directory(self, name: str) -> str | None:
        """Return a writable directory. The check creates a file, because permissions alone do not prove it."""
        path = self.text(name)
        if not path:
            return None
        try:
            tempfile.TemporaryFile(dir=path).close()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{name} must be a writable directory, not {path!r}: {error.strerror}."
            ) from None
        return path

    def file(self, name: str, default: str, base: Path) -> Path:
        """Return the path of a file that exists or can be created, relative to `base`."""
        path = base / self.text(name, default)
        if path.parent.is_dir() and not path.is_dir():
            return path
        raise ImproperlyConfigured(f"{name} must be a file in an existing directory, not {str(path)!r}.")

    def optional_file(self, name: str, base: Path) -> Path | None:
        """Like `file`, but return None if the variable is not set."""
        return self.file(name, "", base) if self.text(name) else None

    def rate(self, name: str, default: str) -> Rate | None:
        """Parse a rate: `10/15m` means ten in fifteen minutes. An empty value turns the throttle off."""
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
            return parse_base_url(value)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} must be an http:// or https:// address, such as https://notes.example.org or"
                f" https://example.org/notes, not {value!r}."
            ) from None

    def redis_url(self, name: str) -> str:
        """Return the URL of a Redis server. The error message leaves out the value: it may contain a password."""
        value = self.text(name)
        with suppress(ValueError):
            parts = urlsplit(value)
            place = parts.path if parts.scheme == "unix" else parts.hostname and parts.port != 0
            if not value or (parts.scheme in ("redis", "rediss", "unix") and place and not parts.query):
                return value
        raise ImproperlyConfigured(
            f"{name} must be a URL like redis://:password@host:6379/0, rediss://… or unix:///path."
        )

    def token(self, name: str) -> str:
        """Return a bearer token (RFC 6750, section 2.1), or an empty string. The error message leaves out the value."""
        value = self.text(name)
        if value and not re.fullmatch(r"[A-Za-z0-9._~+/-]{16,}=*", value):
            raise ImproperlyConfigured(f"{name} must have at least 16 letters, digits or characters of ._~+/-=.")
        return value

    def secret_key(self, name: str, *, is_debug: bool) -> str:
        """Return a key of at least 32 bytes that is not a published sample. With DEBUG on, accept any key."""
        key = self.required(
            name,
            "it signs every token. Without .env, `make env` or `cloud-notes serve` writes one with a random key. To a"
            " .env that exists, add SECRET_KEY_FILE=secret_key; they write that file",
        )
        return key if is_debug else require_strong_key(key, name)

    def secret_keys(self, name: str, *, is_debug: bool) -> list[str]:
        """Return any number of keys, each checked like `secret_key`."""
        return [key if is_debug else require_strong_key(key, f"{name} has a key that") for key in self.words(name)]
