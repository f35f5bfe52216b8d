"""What waits in a fair queue: the tickets, lines and clients, and the kinds of work with their limits."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

# Seconds. More work of a client that has to wait for longer is refused.
MAX_WAIT = 1.0
# Seconds between two refusals of one client, as long as none of them waits for more than REFUSAL_WAIT. Further ones
# wait for up to REFUSAL_SPREAD more.
REFUSAL_INTERVAL, REFUSAL_WAIT, REFUSAL_SPREAD = 0.02, 4.0, 0.8
# The weight of the latest measurement in an average.
WEIGHT = 0.2


def do_nothing(*reason: Exception) -> None:
    """Stand in for a function that has not been set."""


class ClientDisconnected(Exception):
    """The client disconnected before its request was complete, or before the work on it began."""


class Overloaded(Exception):
    """The work would wait for too long. Send the refusal after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(delay)
        self.delay = delay


class Limit:
    """How much work may run at the same time, of all clients together."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.running = 0


class Kind:
    """One kind of work, of which one client may do `per_client` at the same time.

    `seconds` is a first estimate of how long such work takes. The time that a client itself has waited replaces it. The
    times of other clients do not count, so that nobody can get the work of others refused.
    """

    def __init__(self, per_client: int, seconds: float, *limits: Limit) -> None:
        self.per_client = per_client
        self.seconds = seconds
        self.limits = limits
        self.waiting = 0

    @property
    def is_open(self) -> bool:
        return all(limit.running < limit.limit for limit in self.limits)

    def change_running(self, number: int) -> None:
        for limit in self.limits:
            limit.running += number


class Ticket:
    """The place of one piece of work. The queue calls `start` when it may begin, or `refuse` if it never may."""

    def __init__(self) -> None:
        self.start: Callable[[], object] = do_nothing
        self.refuse: Callable[[Exception], object] = do_nothing
        self.line: Line | None = None
        self.has_started = False
        # Seconds after which it is refused unless it has started. None: it may wait until its deadline.
        self.refuse_after: float | None = None
        # Seconds from then on until its refusal is sent.
        self.refusal_delay = 0.0


class Line:
    """The work of one kind that one client waits for."""

    def __init__(self, client: "Client", kind: Kind) -> None:
        self.client = client
        self.kind = kind
        self.waiting: OrderedDict[Ticket, None] = OrderedDict()
        self.running = 0
        # Seconds between two turns of this line, and when the last one was or the line began to wait.
        self.interval = kind.seconds / kind.per_client
        self.since = 0.0

    @property
    def is_ready(self) -> bool:
        return self.running < self.kind.per_client and self.kind.is_open

    def expect_wait(self) -> float:
        """Return how long further work would wait, in seconds. A line that stands still waits for longer."""
        return len(self.waiting) * self.interval + time.monotonic() - self.since if self.waiting else 0.0

    def add(self, ticket: Ticket) -> None:
        if not self.waiting:
            self.since = time.monotonic()
        self.waiting[ticket] = None
        self.client.waiting += 1
        self.kind.waiting += 1

    def remove(self, ticket: Ticket) -> None:
        del self.waiting[ticket]
        self.client.waiting -= 1
        self.kind.waiting -= 1

    def take_first(self) -> Ticket:
        now = time.monotonic()
        self.interval += WEIGHT * (now - self.since - self.interval)
        self.since = now
        ticket = next(iter(self.waiting))
        self.remove(ticket)
        return ticket


class Network(str):
    """An address or a network. All its requests without a known account count as those of one client."""

    __slots__ = ()


class Client:
    """One client: its lines, the one whose turn is next first."""

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.is_network = isinstance(key, Network)
        self.lines: OrderedDict[Kind, Line] = OrderedDict()
        self.waiting = self.running = 0
        # When the latest refusal is due.
        self.refused_at = 0.0

    def overloaded(self) -> Overloaded:
        """Return the next refusal: at once, or a little after the last one if there are many.

        Refusing costs time too. A client that ignores `Retry-After` would otherwise get nothing but refusals.
        """
        now = time.monotonic()
        due = max(now, self.refused_at + REFUSAL_INTERVAL)
        if due > now + REFUSAL_WAIT:
            # At random: otherwise those of a burst would be due at the same time, and hold up everybody.
            return Overloaded(REFUSAL_WAIT + REFUSAL_SPREAD * random.random())  # noqa: S311  # no secret
        self.refused_at = due
        return Overloaded(due - now)

    def line_for(self, kind: Kind) -> Line:
        line = self.lines.get(kind)
        if line is None:
            line = self.lines[kind] = Line(self, kind)
        return line
