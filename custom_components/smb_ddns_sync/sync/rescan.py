"""When folders are looked at again although nobody told of a change in them: pure.

A server tells of what goes through SMB. What its own programs change deep in the tree, Samba tells
nobody. Such changes come where others came shortly before: a camera's folder of today, a log, a
folder that somebody works in. So a folder that changed is looked at again a minute later, then two,
four and so on, ever less often, with the folder above it, where its successor would be made. What
changes in a folder that was quiet for long is found by the look at everything.

The cost is bounded whatever the tree is like: a change costs two folders a dozen looks in a day at
most, and no hour costs more than `Rescan.folders_per_hour`, and as many that were saved up. A job
in which nothing changes costs none.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import math
from typing import TYPE_CHECKING, Final

from .names import parent

if TYPE_CHECKING:
    from .endpoint import RelPath
    from .settings import JobSettings, Rescan

_STEP: Final = 60.0  # seconds; at most one run in each
_MOST: Final = 1000  # folders that are kept in mind
_AT_ONCE: Final = 100  # looks of one run, so that a change need not wait for long
_HOUR: Final = 3600.0


@dataclass(slots=True)
class _Warm:
    changed: float
    due: float


@dataclass(slots=True)
class Ladder:
    """Folders that changed, and when each is looked at again.

    Times are seconds of one monotonic clock. Not thread-safe: its user holds a lock.
    """

    forget_after: float
    """Seconds after a change from which on the look at everything is enough."""
    per_hour: int
    _warm: OrderedDict[RelPath, _Warm] = field(default_factory=OrderedDict)
    """The folder that changed last is the last one."""
    _earliest: float | None = None
    """Not later than the first look that is due."""
    _left: float = field(init=False)
    _counted_at: float = 0.0

    def __post_init__(self) -> None:
        self._left = self.per_hour

    @classmethod
    def of(cls, settings: JobSettings) -> Ladder:
        """Return an empty one. Looks less often than the interval's would find nothing more."""
        times = [settings.rescan.recent_for]
        if settings.interval is not None:
            times.append(settings.interval)
        return cls(min(times).total_seconds(), settings.rescan.folders_per_hour)

    def changed(self, path: RelPath, now: float) -> None:
        """Take in that something changed under this name."""
        folder = parent(path)
        for one in (parent(folder), folder):
            due = _whole(now + _STEP)
            if (known := self._warm.get(one)) is not None:
                due = min(due, known.due)  # or who changes all the time would never be looked at
            self._warm[one] = _Warm(now, due)
            self._warm.move_to_end(one)
            self._earliest = due if self._earliest is None else min(self._earliest, due)
        while len(self._warm) > _MOST:
            self._warm.popitem(last=False)

    def due(self) -> float | None:
        """Return when a look is due; None where no folder is kept in mind."""
        if self._earliest is None or not self.per_hour:
            return None
        return max(self._earliest, _whole(self._counted_at))

    def take(self, now: float) -> frozenset[RelPath]:
        """Return the folders to look at now, those that changed last first."""
        saved = self._left + (now - self._counted_at) * self.per_hour / _HOUR
        self._left = min(float(self.per_hour), saved)
        self._counted_at = now
        ready = [folder for folder, warm in reversed(self._warm.items()) if warm.due <= now]
        taken = ready[: min(int(self._left), _AT_ONCE)]
        self._left -= len(taken)
        for folder in taken:
            warm = self._warm[folder]
            warm.due = _next(warm.changed, now)
            if warm.due - warm.changed > self.forget_after:
                del self._warm[folder]
        self._earliest = min((warm.due for warm in self._warm.values()), default=None)
        return frozenset(taken)


def _next(changed: float, now: float) -> float:
    wait = _STEP
    while (due := _whole(changed + wait)) <= now:
        wait *= 2
    return due


def _whole(at: float) -> float:
    """Return the next whole minute, so that many looks are one run."""
    return (math.floor(at / _STEP) + 1) * _STEP


def until_quiet(rescan: Rescan, now: datetime) -> timedelta:
    """Return the time until everything is looked at at night; `now` has a time zone."""
    here = now.astimezone(rescan.quiet_hour.tzinfo)
    hours = (
        datetime.combine(here.date() + timedelta(days=days), rescan.quiet_hour, here.tzinfo)
        for days in range(3)
    )
    return next(wait for hour in hours if (wait := hour - now) > timedelta())
