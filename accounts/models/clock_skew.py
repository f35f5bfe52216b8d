"""How far the wall clocks of two machines may differ, or one clock may be set back, without an effect on users."""

from datetime import timedelta

CLOCK_SKEW = timedelta(seconds=60)
