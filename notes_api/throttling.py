"""THROTTLE_API: how often one credential may call."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from notes_api.environment import Rate


class ApiThrottle(SimpleRateThrottle):
    """Counts in the memory of each process; off unless THROTTLE_API is set."""

    scope = "api"

    def get_rate(self) -> Any:  # Any: DRF expects its own text form, parsed below
        return settings.THROTTLE_API

    def parse_rate(self, rate: Any) -> tuple[int, int] | tuple[None, None]:  # Any: as above
        return (rate.limit, rate.seconds) if isinstance(rate, Rate) else (None, None)

    def get_cache_key(self, request: Request, view: object) -> str:
        credential = getattr(request.auth, "pk", None) or self.get_ident(request)
        return f"throttle:{self.scope}:{credential}"
