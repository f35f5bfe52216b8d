"""Type aliases for the parts of the ASGI specification that this project uses."""

from collections.abc import Awaitable, Callable
from typing import Any

# Any: the values differ by key and message type (https://asgi.readthedocs.io/en/latest/specs/www.html).
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
