"""The shapes of the ASGI specification, as far as this project speaks of them."""

from collections.abc import Awaitable, Callable
from typing import Any

# Their members differ by type: https://asgi.readthedocs.io/en/latest/specs/www.html
Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
