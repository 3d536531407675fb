"""The credits of one connection: what may be sent before the server answers.

MS-SMB2 § 3.2.4.1.2 and § 3.2.4.1.5. Pure bookkeeping; the connection guards it with its lock and
does the waiting. Invariants: message ids are handed out without holes and never beyond what the
server has granted; a chain gets its ids together or not at all; whoever waits gets his turn, small
requests before bulk, but not for ever.
"""

from collections import deque
from typing import Final

from .wire import CREDIT_BYTES

WANTED: Final = 2048  # hundreds of small requests, or 128 MiB under way
_MOST_ASKED: Final = 512
_KEPT_FOR_SMALL: Final = 4  # one credit in so many is left by bulk
_MOST_PASSED: Final = 16  # small requests that overtake one of bulk that waits


class Credits:
    """Granted, spent and waited for."""

    def __init__(self, next_id: int, granted: int, *, multi: bool) -> None:
        """Start where the set-up stopped. `multi`: a request may cost more than one credit."""
        self.multi = multi
        self._next_id = next_id
        self._free = granted
        self._held = 0  # by requests under way
        self._small: deque[object] = deque()
        self._bulk: deque[object] = deque()
        self._passed = 0

    @property
    def total(self) -> int:
        """What the server lets us have: free credits and those of requests under way."""
        return self._free + self._held

    @property
    def free(self) -> int:
        """What may be spent now."""
        return self._free

    @property
    def idle(self) -> bool:
        """Whether nothing is under way, so that no grant can come by itself."""
        return self._held == 0

    def largest(self) -> int:
        """Return the bytes that one request can carry at most with what the server lets us have."""
        return CREDIT_BYTES * max(1, self.total) if self.multi else CREDIT_BYTES

    def charge(self, weight: int) -> int:
        """Return what a request of `weight` bytes costs, in credits and in message ids."""
        return (weight - 1) // CREDIT_BYTES + 1 if self.multi and weight > 1 else 1

    def take(self, charge: int, *, bulk: bool = False, ticket: object = None) -> int | None:
        """Spend credits and return the first message id; None where the caller has to wait.

        Bulk leaves a part to small requests, so that these need not wait; once enough of them have
        overtaken it, the next credits are its own.
        """
        queue = self._bulk if bulk else self._small
        if queue and queue[0] is not ticket:
            return None
        overdue = self._passed >= _MOST_PASSED
        if not bulk and self._bulk and overdue:
            return None
        kept = self.total // _KEPT_FOR_SMALL if bulk and self._held and not overdue else 0
        if charge > self._free - kept:
            return None
        if bulk:
            self._passed = 0
        elif self._bulk:
            self._passed += 1
        first = self._next_id
        self._next_id += charge
        self._free -= charge
        self._held += charge
        return first

    def enter(self, ticket: object, *, bulk: bool) -> None:
        """Queue up."""
        (self._bulk if bulk else self._small).append(ticket)

    def leave(self, ticket: object) -> None:
        """Step out of the queue, served or not."""
        for queue in (self._small, self._bulk):
            if ticket in queue:
                queue.remove(ticket)
        if not self._bulk:
            self._passed = 0

    def waiting(self) -> list[object]:
        """Return the tickets whose turn may have come."""
        return [queue[0] for queue in (self._small, self._bulk) if queue]

    def ask(self, charge: int) -> int:
        """Return the number of credits to ask for with a request of this charge."""
        return charge + min(_MOST_ASKED, max(0, WANTED - self.total))

    def grant(self, count: int) -> None:
        """Count what an answer brings."""
        self._free += count

    def settle(self, charge: int) -> None:
        """Count a request as answered."""
        self._held -= charge
