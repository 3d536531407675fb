"""How fast a run goes, and when it will be done.

What moved is weighed by how long ago that was, so the figure follows the line without jumping with
each file. A silence in which nothing could be measured (a rest for the pace, a server that does not
answer) says little about how fast it goes otherwise, so it counts for a few seconds at most.
"""

from dataclasses import replace
from datetime import timedelta
from math import exp
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .status import Progress

_SHOWN_OVER: Final = 10.0
"""Seconds after which what moved weighs a third."""
_FORETOLD_OVER: Final = 60.0
"""The same for the time that is left, which should not follow each file."""
_LONGEST_SILENCE: Final = 5.0
_LEAST: Final = 1.0  # seconds of measuring before anything is told
_STEP: Final = 1 << 16
"""What a step takes beside its bytes, as bytes: many small files take longer than one as large."""


class Rate:
    """Units a second, smoothed."""

    def __init__(self, over: float) -> None:
        """`over` is the time in seconds after which a measurement weighs a third."""
        self._over = over
        self._units = 0.0
        self._seconds = 0.0

    def add(self, units: float, seconds: float) -> None:
        """Take in what moved within a time."""
        seconds = min(seconds, _LONGEST_SILENCE)
        fades = exp(-seconds / self._over)
        # The weight of what moves evenly within the time itself.
        within = self._over * (1 - fades) / seconds if seconds else 1.0
        self._units = self._units * fades + units * within
        self._seconds = self._seconds * fades + seconds * within

    @property
    def per_second(self) -> float | None:
        """Return the rate; None before there is enough to tell it from."""
        # What is weighed never exceeds `over`, so the least is reached after about its own time.
        return self._units / self._seconds if self._seconds >= _LEAST * 0.9 else None


class Speed:
    """Of one run. Times are seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self._at = now
        self._bytes = 0
        self._work = 0
        self._shown = Rate(_SHOWN_OVER)
        self._foretold = Rate(_FORETOLD_OVER)

    def of(self, progress: Progress, now: float) -> Progress:
        """Return the progress with how fast it goes, and how long it will take."""
        passed = now - self._at
        if passed > 0:
            work = progress.bytes_done + progress.files_done * _STEP
            self._shown.add(progress.bytes_done - self._bytes, passed)
            self._foretold.add(work - self._work, passed)
            self._at, self._bytes, self._work = now, progress.bytes_done, work
        return replace(progress, rate=self._shown.per_second, time_left=self._left(progress))

    def _left(self, progress: Progress) -> timedelta | None:
        rate = self._foretold.per_second
        left = (
            progress.bytes_total
            - progress.bytes_done
            + (progress.files_total - progress.files_done) * _STEP
        )
        return timedelta(seconds=left / rate) if rate else None
