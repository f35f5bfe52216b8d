"""THROTTLE_API: the number of requests that one credential may send."""

import time

from django.conf import settings
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from notes_api.config.rate import Rate
from notes_api.db.loop_connection import require_thread
from notes_api.rest.counters import get_counter


class TooManyRequests(Throttled):
    default_detail = "Too many requests."
    extra_detail_singular = "Retry in {wait} second."
    extra_detail_plural = "Retry in {wait} seconds."


class ApiThrottle(BaseThrottle):
    """Limits load and is not a security measure. It is off unless THROTTLE_API is set."""

    def allow_request(self, request: Request, view: object) -> bool:
        self.rate: Rate | None = settings.THROTTLE_API
        if self.rate is None:
            return True
        # Redis may take long, and a request that starts again in a thread must be counted once.
        require_thread()
        credential = getattr(request.auth, "pk", None) or self.get_ident(request)
        calls = get_counter(settings.CACHE_URL).count(f"notes_api:calls:{credential}", self.rate.seconds)
        return calls <= self.rate.limit

    def wait(self) -> float | None:
        """Return the seconds until the window ends."""
        return self.rate.seconds - time.time() % self.rate.seconds if self.rate else None
