"""How long attempts may take, when they are repeated, and how often a process looks for entries."""

import random
from datetime import timedelta

# How long a worker has for an attempt. If it was killed, another one takes the entry over after that. A conversation
# with a mail server ends earlier (`MAX_SECONDS` in `notes_api/mail.py`).
CLAIM = timedelta(minutes=3)
# How long a worker has for the next step of long work, such as an import: after each step it renews its claim.
RENEWED_CLAIM = timedelta(seconds=30)
# Seconds after which long work makes way for that of other accounts.
TURN_SECONDS = 20.0
# The first and the longest delay after a failed attempt. Each is twice as long as the one before.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)
# Entries that failed together, because a server was away, are not tried together again.
JITTER = 0.2
# How long work is tried that has no end of its own, and how long it is kept after that, so that it can be retried.
LIFETIME = timedelta(days=3)
KEEP_FAILED = timedelta(days=7)
# Seconds after which a process looks for entries that it did not add: of commands, and of processes that were killed.
POLL_SECONDS = 60.0
# Seconds until the next try if the database is away, and if only the end of an attempt has to be recorded.
DATABASE_SECONDS, RECORD_SECONDS = 5.0, 1.0
# Seconds from a commit until its entries are carried out. The response goes out first, so that its time does not show
# whether there is anything to do for an address.
DELAY_SECONDS = 0.05


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after this many attempts, one of which was the first."""
    # The exponent is limited, because the number of seconds would not fit into a timedelta.
    delay: timedelta = min(LONGEST, SHORTEST * 2 ** min(attempts - 1, 10))
    return delay * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  # not a secret
