"""The settings of the server: it takes over what a killed worker has begun after seconds instead of minutes.

Not too soon: a worker whose database was killed must have time to record what it has sent.
"""

from datetime import timedelta

from outbox import timing

timing.CLAIM = timedelta(seconds=15)
timing.SHORTEST, timing.LONGEST = timedelta(seconds=1), timedelta(seconds=2)
timing.POLL_SECONDS = timing.DATABASE_SECONDS = 1.0

from notes_api.tests.live_server_settings import *  # noqa: F403
