"""THROTTLE_API: how often one credential may call."""

import time

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from notes_api.counters import counter_at
from notes_api.environment import Rate


class ApiThrottle(BaseThrottle):
    """A matter of load, not of security: off unless THROTTLE_API is set."""

    def allow_request(self, request: Request, view: object) -> bool:
        self.rate: Rate | None = settings.THROTTLE_API
        if self.rate is None:
            return True
        credential = getattr(request.auth, "pk", None) or self.get_ident(request)
        calls = counter_at(settings.CACHE_URL).count(f"notes_api:calls:{credential}", self.rate.seconds)
        return calls <= self.rate.limit

    def wait(self) -> float | None:
        """Seconds until the window ends."""
        return self.rate.seconds - time.time() % self.rate.seconds if self.rate else None
