"""When a job runs next.

What people and changes ask for, the interval, and what has to be tried again.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import Enum
import random
from typing import TYPE_CHECKING, Final

from .clock import Clock
from .hints import Hints, Scope
from .names import parent
from .rescan import Ladder, until_quiet
from .status import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .endpoint import RelPath
    from .settings import JobSettings

_FIRST_WAIT: Final = 5.0  # seconds
_LONGEST_WAIT: Final = 300.0
_FIRST_RETRY: Final = 60.0
_LONGEST_RETRY: Final = 900.0
_LONGEST_DEFERRAL: Final = 60.0
_FALLBACK_INTERVAL: Final = 900.0
_ONE_ACCIDENT: Final = 3600.0


class Mood(Enum):
    """What a job does by itself."""

    READY = "ready"
    HELD = (
        "held"  # only the interval looks again; a change must not carry out a part of what is held
    )
    WAITING = "waiting"  # only the retry
    ERROR = "error"  # nothing


@dataclass(slots=True)
class Agenda:
    """Times are seconds of one monotonic clock. Not thread-safe: its user holds a lock."""

    settings: JobSettings
    hints: Hints
    mood: Mood = Mood.READY
    clock: Clock = field(default_factory=Clock)
    """For the time of day."""
    blind: bool = False
    """Changes should start runs and cannot, so an interval does even where there is none."""
    may_miss: bool = False
    """Changes may come of which no watch tells, so recent ones are looked after."""
    spread: Callable[[float, float], float] = random.uniform
    """Returns something between two numbers, so that no two jobs wait equally long."""
    ladder: Ladder = field(init=False)
    interval_at: float | None = None
    retry_at: float | None = None
    tries: dict[RelPath, float] = field(default_factory=dict)
    """Files that failed, each with the time from which on it is tried again."""
    _failures: int = 0
    _retries: int = 0
    _deferrals: int = 0
    _deletions: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.ladder = Ladder.of(self.settings)

    def next_at(self) -> float | None:
        """Return when the job runs by itself; None where only a person starts it."""
        times = {
            Mood.READY: (
                self.hints.due(),
                self._look_at(),
                self.interval_at,
                self.retry_at,
                min(self.tries.values(), default=None),
            ),
            Mood.HELD: (self.interval_at,),
            Mood.WAITING: (self.retry_at,),
            Mood.ERROR: (),
        }[self.mood]
        return min((at for at in times if at is not None), default=None)

    def next_full_at(self) -> float | None:
        """Return when the job looks at everything by itself; None where nothing is set."""
        if self.mood is Mood.ERROR:
            return None
        at = self.retry_at if self.mood is Mood.WAITING else self.interval_at
        return at if self.retry_at is None or at is None else min(at, self.retry_at)

    def take(self, now: float) -> tuple[Reason, Scope] | None:
        """Return why a run is due and what it looks at; None where none is due."""
        everything = Scope(everything=True)
        if self.mood in {Mood.READY, Mood.WAITING} and _passed(self.retry_at, now):
            self.begin_full()
            return Reason.RETRY, everything
        if self.mood in {Mood.READY, Mood.HELD} and _passed(self.interval_at, now):
            self.begin_full()
            return Reason.INTERVAL, everything
        if self.mood is Mood.READY and _passed(self.hints.due(), now):
            scope = self.hints.take(now)
            if scope.everything or scope.folders or scope.doubted:
                return Reason.CHANGE, scope
        if self.mood is Mood.READY and (folders := self._take_tries(now)):
            return Reason.RETRY, Scope(False, folders)
        looks = self.mood is Mood.READY and _passed(self._look_at(), now)
        if looks and (folders := self.ladder.take(now)):
            return Reason.INTERVAL, Scope(False, folders)
        return None

    def _take_tries(self, now: float) -> frozenset[RelPath]:
        """Return where the files are whose time has come."""
        due = [path for path, at in self.tries.items() if at <= now]
        for path in due:
            del self.tries[path]
        return frozenset(parent(path) for path in due)

    def _look_at(self) -> float | None:
        return self.ladder.due() if self.may_miss else None

    def begin_full(self) -> None:
        """Drop what came before a look at everything: it needs no run of its own."""
        self.hints.clear()
        self.retry_at = None

    def completed(self, now: float, *, full: bool) -> None:
        """Note that a run came to its end."""
        self.mood = Mood.READY
        self._failures = 0
        if full:
            self._retries = 0
            self.restart_interval(now)

    def problems(self, now: float) -> None:
        """Note that more files failed, in a way that may end by itself, than are kept apart."""
        wait = min(_FIRST_RETRY * 2**self._retries, _LONGEST_RETRY)
        self._retries += 1
        self.retry_at = now + wait

    def failing(self, files: dict[RelPath, float], others: float | None) -> None:
        """Note when files that failed are tried again, and from when on all is looked at for more.

        What else failed is a folder, say, and needs a look at everything.
        """
        self.tries = files
        if others is not None:
            self.retry_at = others if self.retry_at is None else min(self.retry_at, others)

    def held(self, now: float) -> None:
        """Note that a plan waits for a person."""
        self.mood = Mood.HELD
        self._failures = 0
        self.restart_interval(now)

    def unavailable(self, now: float) -> None:
        """Note that a side cannot be reached; the wait grows, and no two jobs wait equally long."""
        self.mood = Mood.WAITING
        wait = min(_FIRST_WAIT * 2 ** min(self._failures, 16), _LONGEST_WAIT)
        self._failures += 1
        self.retry_at = now + wait * self.spread(0.8, 1.2)

    def refused(self) -> None:
        """Note that a person must act first."""
        self.mood = Mood.ERROR
        self.retry_at = None

    def deferred(self, paths: Iterable[RelPath], now: float) -> None:
        """Note files that were being written.

        Look again soon, and less and less soon while that goes on.
        """
        paths = set(paths)
        if not paths:
            self._deferrals = 0
            return
        settle = self.settings.settle.total_seconds()
        wait = min(max(settle, 0.1) * 2 ** min(self._deferrals, 16), _LONGEST_DEFERRAL)
        self._deferrals += 1
        self.hints.look_again(paths, now + wait - settle)

    def restart_interval(self, now: float) -> None:
        """Count the interval from now."""
        if self.settings.interval is not None:
            self.interval_at = now + self.settings.interval.total_seconds()
        elif self.blind:
            self.interval_at = now + _FALLBACK_INTERVAL
        elif self.may_miss:
            wait = until_quiet(self.settings.rescan, self.clock.date())
            self.interval_at = now + wait.total_seconds()
        else:
            self.interval_at = None

    def deleted(self, files: int, now: float) -> None:
        """Note that a run deleted files."""
        if files:
            self._deletions.append((now, files))

    def recent_deletions(self, now: float) -> int:
        """Return how many files were deleted so recently that more would be the same accident."""
        while self._deletions and self._deletions[0][0] < now - _ONE_ACCIDENT:
            self._deletions.popleft()
        return sum(files for _, files in self._deletions)

    def forgive_deletions(self) -> None:
        """Forget deletions, because a person said that they were meant."""
        self._deletions.clear()


def _passed(at: float | None, now: float) -> bool:
    return at is not None and at <= now
