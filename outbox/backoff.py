"""When to try again what has failed: after a minute, then after twice as long each time, up to four hours."""

import random
from datetime import timedelta

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)
# Entries that failed together, because a server was away, are not tried together again.
JITTER = 0.2


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts, one of which was the first."""
    # The exponent is limited, because the number of seconds would not fit into a timedelta.
    delay: timedelta = min(LONGEST, SHORTEST * 2 ** min(attempts - 1, 10))
    return delay * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # not a secret
