"""Slows a run down to its pace, without ever making it deaf.

The bandwidth limit is a token bucket in bytes: what was carried is a debt, and the run rests until
it is paid. So bytes are paid for before they go on, be they a small file that was read whole or a
piece of a large one, and no burst is longer than a quarter of a second of the limit. What holds is
asked anew for each slice of a rest: a change of the timetable takes effect in the middle of a file.

The CPU limit compares the processor time of the run's thread with the time that has passed. Time
in which the run waited for a disk or a server is not saved up for later.

Whoever rests asks several times a second whether to stop, which also shows the life of the lock.
Nothing of a server is waited for meanwhile, so no deadline is running.
"""

from typing import TYPE_CHECKING, Final

from .pace import MOST_PIECE

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .pace import Pace

SLICE: Final = 0.25  # seconds for which a run may be deaf
_BURST: Final = 0.25  # seconds of the limit that may go at once
_SHORT: Final = 0.02  # seconds that are too short to rest: they are owed until they are more

_TURN: Final = 0.002  # seconds that a run works on before others come to their turn


class _Bucket:
    """How far one direction is ahead of its limit, in bytes."""

    __slots__ = ("_at", "_level")

    def __init__(self, now: float) -> None:
        self._level = 0.0
        self._at = now

    def take(self, length: int) -> None:
        self._level -= length

    def wait(self, now: float, rate: int | None) -> float:
        """Return for how long there is to be a rest, in seconds."""
        passed, self._at = now - self._at, now
        if rate is None:
            self._level = 0.0
            return 0.0
        self._level = min(_BURST * rate, self._level + passed * rate)
        return -self._level / rate


class Brake:
    """Slows one run. Of one thread: that whose processor time counts."""

    def __init__(self, pace: Pace, clock: Clock, stopped: Callable[[], bool]) -> None:
        """Begin. `stopped` tells whether to stop; it is asked all the time, and may raise."""
        self._timetable = pace.bandwidth
        self._limits = pace.bandwidth.limits
        self._cpu_share = pace.cpu_percent / 100
        self._clock = clock
        self._stopped = stopped
        now = clock.monotonic()
        self._up, self._down = _Bucket(now), _Bucket(now)
        self._owed = 0.0  # seconds of rest for the processor
        self._seen = now, clock.cpu()
        self._gave_way = now

    def step(self) -> bool:
        """Rest as the CPU limit asks for; tell whether to stop. To be called often.

        Others come to their turn meanwhile. Without this they wait for 5 ms and more: each short
        call of the system lets go of the interpreter and takes it back before who waits is awake,
        and lets its patience begin anew.
        """
        now = self._clock.monotonic()
        if now - self._gave_way > _TURN:
            self._clock.give_way()
            self._gave_way = now
        if self._cpu_share < 1:
            while (wait := self._rest_of_cpu()) > _SHORT:
                if self._stopped():
                    return True
                self._clock.sleep(min(wait, SLICE))
        return self._stopped()

    def carry(self, length: int, *, up: bool, down: bool) -> bool:
        """Rest until so many bytes may go on over the line; tell whether to stop."""
        if not self._limits or not (up or down):
            return self.step()
        self._rest_of_line()  # so that quiet time does not pay for what comes after it
        if up:
            self._up.take(length)
        if down:
            self._down.take(length)
        while (wait := self._rest_of_line()) > _SHORT:
            if self._stopped():
                return True
            self._clock.sleep(min(wait, SLICE))
        return self.step()

    def piece(self) -> int:
        """Return the most bytes that should be carried at a time, by what holds now."""
        if not self._limits:
            return MOST_PIECE
        return self._timetable.at(self._clock.local()).piece()

    def _rest_of_line(self) -> float:
        now, rates = self._clock.monotonic(), self._timetable.at(self._clock.local())
        return max(self._up.wait(now, rates.up), self._down.wait(now, rates.down))

    def _rest_of_cpu(self) -> float:
        now, cpu = self._clock.monotonic(), self._clock.cpu()
        passed, used = now - self._seen[0], cpu - self._seen[1]
        self._seen = now, cpu
        self._owed = max(0.0, self._owed + used / self._cpu_share - passed)
        return self._owed
