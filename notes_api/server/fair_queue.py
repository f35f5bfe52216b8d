"""A queue in which clients take turns, and which refuses work that would wait for too long.

First come, first served would give the server to the client that sends most. Here each client has lines of its own, one
for each kind of work. Whatever becomes free goes to the client whose turn it is. Turns alternate between accounts and
networks, because one attacker may have many networks.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from functools import wraps
from itertools import chain
from typing import Concatenate, ParamSpec, TypeVar

from notes_api.server.admission import MAX_WAIT, Client, Kind, Limit, Line, Ticket

P = ParamSpec("P")
T = TypeVar("T")

# The work that may wait in one queue. Above it, the client that waits for most gives up a place.
MAX_WAITING = 1024


def locked(method: "Callable[Concatenate[FairQueue, P], T]") -> "Callable[Concatenate[FairQueue, P], T]":
    @wraps(method)
    def call(queue: "FairQueue", /, *args: P.args, **options: P.kwargs) -> T:
        with queue.lock:
            return method(queue, *args, **options)

    return call


class FairQueue:
    """Lets `width` pieces of work run at the same time, and `per_client` of one client.

    The event loop enters and refuses work. A thread that has finished its work starts the next itself.
    """

    def __init__(self, width: int, per_client: int, max_wait: float = MAX_WAIT) -> None:
        self.lock = threading.RLock()
        self.free = width
        self.per_client = per_client
        self.max_wait = max_wait
        self.clients: dict[Hashable, Client] = {}
        # The accounts and the networks that wait, in the order of their turns.
        self.accounts: OrderedDict[Client, None] = OrderedDict()
        self.networks: OrderedDict[Client, None] = OrderedDict()
        self.rings = deque([self.accounts, self.networks])
        self.waiting = 0
        self.kinds: list[Kind] = []

    def add_kind(self, per_client: int, seconds: float, *limits: Limit) -> Kind:
        kind = Kind(per_client, seconds, *limits)
        self.kinds.append(kind)
        return kind

    @locked
    def enter(self, ticket: Ticket, key: Hashable, kind: Kind) -> None:
        """Start the work, now or later. Raises `Overloaded` if it would wait for too long."""
        client = self.clients.get(key)
        if client is None:
            client = self.clients[key] = Client(key)
        line = client.line_for(kind)
        # Other work may wait although there is room, because its client or kind has no more. It cannot start now.
        if self.free and client.running < self.per_client and line.is_ready:
            self.start(ticket, line)
            return
        if not self.may_wait(ticket, line) or (self.waiting >= MAX_WAITING and not self.make_room(client)):
            client.schedule_refusal(ticket)
            self.forget_if_idle(client)
            raise ticket.overloaded()
        ticket.line = line
        line.add(ticket)
        self.waiting += 1
        self.ring_of(client).setdefault(client)

    def may_wait(self, ticket: Ticket, line: Line) -> bool:
        """Whether the work may wait in this line: not for too long, or not longer than for its refusal."""
        if line.expect_wait() <= self.max_wait:
            return True
        refused_at = line.client.schedule_refusal(ticket)
        ticket.leaves_at = min(refused_at, line.last_turn_of(ticket))
        return ticket.may_wait and ticket.leaves_at > time.monotonic()

    def ring_of(self, client: Client) -> "OrderedDict[Client, None]":
        return self.networks if client.is_network else self.accounts

    def make_room(self, client: Client) -> bool:
        """Refuse the latest work of the client that waits for most. Return False if that is not another client.

        A network gives up its place for an account that waits for nothing else.
        """
        goes_first = bool(self.networks) and not client.is_network and not client.waiting
        longest = max(self.networks if goes_first else chain(*self.rings), key=lambda each: each.waiting)
        if not goes_first and longest.waiting <= client.waiting + 1:
            return False
        line = max(longest.lines.values(), key=lambda each: len(each.waiting))
        ticket = next(reversed(line.waiting))
        self.leave(ticket)
        longest.schedule_refusal(ticket)
        ticket.refuse(ticket.overloaded())
        return True

    def start(self, ticket: Ticket, line: Line) -> None:
        self.free -= 1
        line.client.running += 1
        line.running += 1
        line.kind.change_running(1)
        ticket.line, ticket.has_started = line, True
        ticket.start()

    @locked
    def refuse_waiting(self, reason: Callable[[], Exception]) -> None:
        """Refuse everything that waits."""
        for client in [*self.accounts, *self.networks]:
            for line in list(client.lines.values()):
                for ticket in list(line.waiting):
                    self.leave(ticket)
                    ticket.refuse(reason())

    @locked
    def leave(self, ticket: Ticket) -> bool:
        """Take work out of the queue that waits there. Return False if it has started, or has left already."""
        line = ticket.line
        if line is None or ticket.has_started:
            return False
        ticket.line = None
        line.remove(ticket)
        self.waiting -= 1
        if not line.client.waiting:
            del self.ring_of(line.client)[line.client]
        self.forget_if_idle(line.client)
        return True

    @locked
    def give_up(self, ticket: Ticket) -> None:
        """Take work out of the queue, or make room for the next if it has started."""
        # It may have left already: its client may disconnect just before its deadline.
        if not self.leave(ticket) and ticket.has_started:
            self.release(ticket)

    @locked
    def release(self, ticket: Ticket) -> None:
        """Call this once when work that has started has ended."""
        line = ticket.line
        assert line is not None  # noqa: S101  # it has started
        self.free += 1
        line.client.running -= 1
        line.running -= 1
        line.kind.change_running(-1)
        self.forget_if_idle(line.client)
        while self.free and (following := self.find_next()) is not None:
            ticket = following.take_first()
            self.end_turn(following)
            self.start(ticket, following)

    def find_next(self) -> Line | None:
        """Return the line whose turn it is, of those that may start."""
        if not any(kind.waiting and kind.is_open for kind in self.kinds):
            return None
        for client in chain(*self.rings):
            if client.running < self.per_client:
                for line in client.lines.values():
                    if line.waiting and line.is_ready:
                        return line
        return None

    def end_turn(self, line: Line) -> None:
        """Let the next turn be that of another client, and this client's next one that of another line."""
        client = line.client
        ring = self.ring_of(client)
        if self.rings[0] is ring:
            self.rings.rotate()
        self.waiting -= 1
        client.lines.move_to_end(line.kind)
        if client.waiting:
            ring.move_to_end(client)
        else:
            del ring[client]

    def forget_if_idle(self, client: Client) -> None:
        if not client.waiting and not client.running:
            del self.clients[client.key]
            # They refer to the client: together they would stay until the next garbage collection.
            client.lines.clear()
