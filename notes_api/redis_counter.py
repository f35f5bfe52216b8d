"""Counting in Redis, for all processes together."""

import logging
import time

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from notes_api.counters import MemoryCounter, number_of_window

logger = logging.getLogger(__name__)

# Seconds for which a request waits for Redis, and for which Redis is left alone after it did not answer.
PATIENCE = 0.25
REST = 5.0


class RedisCounter:
    """While Redis is away each process counts for itself: an outage there must not become one here."""

    def __init__(self, url: str) -> None:
        self.client = Redis.from_url(
            url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0)
        )
        self.stand_in = MemoryCounter()
        self.rests_until = 0.0

    def count(self, key: str, seconds: int) -> int:
        if time.monotonic() >= self.rests_until:
            try:
                return self.ask(f"{key}:{number_of_window(seconds)}", seconds)
            except RedisError as error:
                self.rests_until = time.monotonic() + REST
                logger.warning("Redis does not answer, so each process counts for itself: %s", error)
        return self.stand_in.count(key, seconds)

    def ask(self, key: str, seconds: int) -> int:
        """One transaction, in which parallel requests all count, and no key can stay behind without an end."""
        with self.client.pipeline(transaction=True) as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, seconds)
            count, _ = pipeline.execute()
            return int(count)
