"""A counter in Redis, for all processes together."""

import logging
import time

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from notes_api.rest.counters import MemoryCounter, window_number

logger = logging.getLogger(__name__)

# How many seconds a request waits for Redis, and how many pass after a failure before the next attempt.
TIMEOUT = 0.25
RETRY_AFTER = 5.0


class RedisCounter:
    """Counts in Redis. While Redis is unavailable, each process counts alone, so that requests are still served."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=Retry(NoBackoff(), 0)
        )
        self.fallback = MemoryCounter()
        self.retry_at = 0.0

    def count(self, key: str, seconds: int) -> int:
        if time.monotonic() >= self.retry_at:
            try:
                return self.increment(f"{key}:{window_number(seconds)}", seconds)
            except RedisError as error:
                self.retry_at = time.monotonic() + RETRY_AFTER
                logger.warning("Redis is unavailable, so each process counts alone: %s", error)
        return self.fallback.count(key, seconds)

    def increment(self, key: str, seconds: int) -> int:
        """Count in one transaction, so that parallel requests all count and every key expires."""
        with self.client.pipeline(transaction=True) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, seconds)
            count, _ = pipeline.execute()
            return int(count)
