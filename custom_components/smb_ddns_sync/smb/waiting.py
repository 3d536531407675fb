"""How answers are waited for: whoever waits reads the connection if nobody else does.

There is no receive thread. A caller that waits takes the turn to read, and gives it up when his own
answer is there; those who find the turn taken sleep until it is theirs or their answer has come. So
a single caller never waits for a switch of threads, and nothing is left running when nobody waits.
"""

import math
import select
import time
from typing import TYPE_CHECKING, Final

from .stopping import BrokenOff, is_over, slice_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .connection import Connection
    from .inbox import Exchange, Inbox

_PATIENCE: Final = 4  # deadlines that one answer may take from a server that is otherwise alive
_SHORT: Final = 0.005  # seconds between looks where one connection is read here and one elsewhere
_LONG: Final = 3600.0
_LOOKS: Final = 6  # in a deadline, whether the peer is still there


def collect(
    connections: Sequence[Connection], inbox: Inbox, *, patience: float | None = None
) -> Exchange:
    """Return the next exchange that finishes on one of the connections.

    Raises `ConnectionFailed` where one of them has failed, and `BrokenOff` where the calling thread
    is to stop and all are silent. `patience` is how long it may take in seconds; `inf` is for
    requests that a server keeps until something happens.
    """
    if (exchange := inbox.take()) is not None:
        return exchange
    return wait_for(connections, inbox, inbox.take, patience)


def wait_for[T](
    connections: Sequence[Connection],
    inbox: Inbox,
    ready: Callable[[], T | None],
    patience: float | None = None,
) -> T:
    """Return what `ready` does once it is not None; it is asked whenever something has come."""
    for connection in connections:
        connection.flush()
    return _Wait(connections, inbox, ready, patience).run()


class _Wait[T]:
    """One caller's wait."""

    def __init__(
        self,
        connections: Sequence[Connection],
        inbox: Inbox,
        ready: Callable[[], T | None],
        patience: float | None,
    ) -> None:
        self._connections = connections
        self._inbox = inbox
        self._ready = ready
        self._deadline = max(connection.deadline for connection in connections)
        self._since = time.monotonic()
        self._until = self._since + (_PATIENCE * self._deadline if patience is None else patience)

    def run(self) -> T:
        while True:
            if (result := self._turn()) is not None:
                return result
            self._look_up()
            if time.monotonic() >= self._until:
                for connection in self._connections:
                    connection.give_up("the server did not answer in time")

    def _turn(self) -> T | None:
        """Read where it is our turn, or sleep, until something may be ready."""
        led: list[Connection] = []
        others: list[Connection] = []
        try:
            for connection in self._connections:
                (led if connection.take_turn(self._inbox) else others).append(connection)
            # Asked after the turns are taken: what comes from now on rings.
            result = self._ready()
            if result is None and led:
                result = self._read(led, _SHORT if others else slice_of(math.inf))
            elif result is None:
                left = min(max(0.0, self._until - time.monotonic()), _LONG)
                self._inbox.sleep(slice_of(left))
            return result
        finally:
            for connection in led:
                connection.end_turn()
            for connection in others:
                connection.stop_sleeping(self._inbox)

    def _read(self, led: list[Connection], longest: float) -> T | None:
        """Read until something is ready, time is up, or nothing has come for the longest pause."""
        poll: select.poll | None = None
        while True:
            heard = [connection for connection in led if connection.read()]
            result = self._ready()
            now = time.monotonic()
            if result is not None or now >= self._until:
                return result
            if heard and is_over(0):
                return None
            if heard:
                continue
            if poll is None:
                poll = select.poll()
                for connection in led:
                    poll.register(connection, select.POLLIN)
            pause = min(longest, self._deadline / _LOOKS, self._until - now)
            if not poll.poll(max(1, int(1000 * pause))):
                for connection in led:
                    connection.watch(self._since)
                if pause == longest:
                    return None

    def _look_up(self) -> None:
        """Raise `BrokenOff` where the calling thread is to stop and no connection says anything."""
        if is_over(
            min(connection.silence.of_peer(self._since) for connection in self._connections)
        ):
            for connection in self._connections:
                connection.leave()
            raise BrokenOff("the server", "given up while it was silent")
