"""The rate limits that the THROTTLE_ settings give."""

from typing import NamedTuple


class Rate(NamedTuple):
    """At most `limit` attempts in `seconds` seconds."""

    limit: int
    seconds: int

    def times(self, factor: int) -> "Rate":
        return Rate(self.limit * factor, self.seconds)
