"""How the server connects to PostgreSQL: the hosts and ports, and the options of a connection."""

import re
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from notes_api.config.base_url import HOST_NAME
from notes_api.config.environment import is_ip_address

# A host that is gone sends nothing. Without answers, a connection fails after these times, also while nobody uses it.
GONE_HOSTS = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds
}


def parse_hosts(words: Sequence[str]) -> list[str]:
    """Return host names, IP addresses or directories of sockets. Raises `ImproperlyConfigured` for anything else."""
    for word in words:
        if not (word.startswith("/") or HOST_NAME.fullmatch(word.removesuffix(".")) or is_ip_address(word)):
            raise ImproperlyConfigured(
                "DATABASE_HOSTNAME must list host names or IP addresses without brackets and ports, such as"
                f" db1,db2,db3, not {word!r}. Ports belong in DATABASE_PORT."
            )
    return list(words)


def parse_ports(words: Sequence[str], hosts: Sequence[str]) -> str:
    """Return one port for all hosts, or one for each, as libpq takes them. Raises `ImproperlyConfigured`."""
    for word in words:
        if not re.fullmatch(r"[0-9]{1,5}", word) or not 1 <= int(word) <= 65535:
            raise ImproperlyConfigured(f"DATABASE_PORT must be a whole number from 1 to 65535, not {word!r}.")
    if len(words) > 1 and len(words) != len(hosts):
        raise ImproperlyConfigured(
            f"DATABASE_PORT must be one port for all hosts or one for each, not {len(words)} ports for"
            f" {len(hosts)} in DATABASE_HOSTNAME."
        )
    return ",".join(words) or "5432"


def connection_options(hosts: Sequence[str], request_timeout: int, *, is_pooled: bool) -> dict[str, Any]:
    """Return the parameters of libpq for each connection."""
    options: dict[str, Any] = {"application_name": "notes_api", "connect_timeout": 3, **GONE_HOSTS}
    if len(hosts) > 1:
        # The primary among them. Two hosts that are gone still leave time for the third within REQUEST_TIMEOUT.
        options |= {"connect_timeout": 2, "target_session_attrs": "read-write"}
    return options if is_pooled else options | {"options": session_options(request_timeout)}


def session_options(request_timeout: int) -> str:
    return (
        f"-c statement_timeout={request_timeout}s -c lock_timeout={request_timeout}s"
        " -c idle_in_transaction_session_timeout=30s"
        # Plan each prepared statement once per connection. Others send values within the SQL, see
        # `notes_api/db/compiled.py`. A search must not occupy several processors, and compiling its expressions takes
        # longer than running them.
        " -c plan_cache_mode=force_generic_plan -c max_parallel_workers_per_gather=0 -c jit=off"
    )
