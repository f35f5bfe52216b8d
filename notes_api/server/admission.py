"""What waits in a fair queue: the tickets, lines and clients, and the kinds of work with their limits."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

# Seconds. More work of a client that has to wait for longer is refused.
MAX_WAIT = 1.0
# Seconds between two refusals of one client, as long as none of them waits for more than REFUSAL_WAIT, which is a part
# of the time that its request may take. Further ones wait for up to REFUSAL_SPREAD more.
REFUSAL_INTERVAL, REFUSAL_WAIT, REFUSAL_SPREAD = 0.02, 0.8, 0.16
# What begins too late is stopped at its deadline, and its turn is lost. So a request that waits for its turn in place
# of its refusal leaves the line while there is time for WORK_MARGIN times the usual work of its line: at least and at
# most these parts of its own time.
WORK_MARGIN, MIN_MARGIN, MAX_MARGIN = 20, 0.1, 0.5
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
    """The place of one piece of work. The queue calls `start` when it may begin, or `refuse` if it never may.

    Times are those of `time.monotonic()`. The work ends at `ends_at`, and a refusal is sent before. Work that
    `may_wait` waits for its turn while its refusal is delayed.
    """

    def __init__(self, ends_at: float, *, may_wait: bool = False) -> None:
        self.ends_at = ends_at
        self.may_wait = may_wait
        self.start: Callable[[], object] = do_nothing
        self.refuse: Callable[[Exception], object] = do_nothing
        self.line: Line | None = None
        self.has_started = False
        # When its refusal is sent, and when it leaves its line before. None: it may wait until its deadline.
        self.refused_at: float | None = None
        self.leaves_at: float | None = None

    def overloaded(self) -> Overloaded:
        return Overloaded(max(0.0, (self.refused_at or 0.0) - time.monotonic()))


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

    def last_turn_of(self, ticket: Ticket) -> float:
        """Return until when work with this ticket may begin. The rest of its time is for the work, see WORK_MARGIN."""
        seconds = ticket.ends_at - time.monotonic()
        margin = WORK_MARGIN * self.interval * self.kind.per_client
        return ticket.ends_at - min(max(margin, MIN_MARGIN * seconds), MAX_MARGIN * seconds)

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

    def schedule_refusal(self, ticket: Ticket) -> float:
        """Return when to refuse this work: at once, or a little after the last refusal if there are many.

        Refusing costs time too. A client that ignores `Retry-After` would otherwise get nothing but refusals.
        """
        if ticket.refused_at is not None:
            return ticket.refused_at
        now = time.monotonic()
        seconds = max(0.0, ticket.ends_at - now)
        ticket.refused_at = max(now, self.refused_at + REFUSAL_INTERVAL)
        if ticket.refused_at <= now + REFUSAL_WAIT * seconds:
            self.refused_at = ticket.refused_at
        else:
            # At random: otherwise those of a burst would be due at the same time, and hold up everybody.
            part = REFUSAL_WAIT + REFUSAL_SPREAD * random.random()  # noqa: S311  # no secret
            ticket.refused_at = now + part * seconds
        return ticket.refused_at

    def line_for(self, kind: Kind) -> Line:
        line = self.lines.get(kind)
        if line is None:
            line = self.lines[kind] = Line(self, kind)
        return line
