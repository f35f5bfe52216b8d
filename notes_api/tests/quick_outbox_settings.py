"""The settings of a served product whose outbox repeats attempts after seconds instead of minutes."""

from datetime import timedelta

from outbox import timing

timing.CLAIM = timing.RENEWED_CLAIM = timedelta(seconds=2)
timing.SHORTEST, timing.LONGEST = timedelta(seconds=1), timedelta(seconds=2)
timing.POLL_SECONDS = timing.DATABASE_SECONDS = 1.0

from notes_api.tests.live_server_settings import *  # noqa: E402, F403
