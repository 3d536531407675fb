"""Collects hints until they are worth a run.

Nothing is read while it is being written, and a burst is one run.
"""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from .endpoint import Hint, News, RelPath, Touch
from .names import parent

if TYPE_CHECKING:
    from datetime import timedelta

    from .side import Side

_QUIET: Final = 0.1  # seconds without news after which a burst counts as over
_LONGEST: Final = 1.0  # seconds that a path that is ready waits for the burst to end
_MANY: Final = 1000  # folders, from which on the whole tree is looked at


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run has to look at."""

    everything: bool
    folders: frozenset[RelPath] = frozenset()
    finished: frozenset[RelPath] = frozenset()
    """Files whose writer has closed them, so that they need no time at rest."""
    doubted: frozenset[tuple[Side, News, RelPath]] = frozenset()
    """Paths about which nothing new may have been told, with what a side told of them."""

    def without_doubts(self) -> Scope:
        """Look at all that may be news."""
        folders = self.folders.union(parent(path) for *_, path in self.doubted)
        return replace(self, folders=folders, doubted=frozenset())


@dataclass(slots=True)
class Hints:
    """Hints by path. Times are seconds of one monotonic clock. Not thread-safe.

    Its user holds a lock.
    """

    settle: timedelta
    _touched: dict[RelPath, tuple[float, bool]] = field(default_factory=dict)
    _doubted: dict[RelPath, tuple[Side, News]] = field(default_factory=dict)
    """Touched paths about which nothing new may have been told."""
    _everything: bool = False
    _last: float = 0.0
    _earliest: float | None = None
    """Not later than the moment at which the first path is ready."""

    def add(self, hint: Hint, now: float, *, doubted: Side | None = None) -> None:
        """Take a hint in; `doubted` is its side, where it may be no news."""
        self._last = max(self._last, now)
        if hint.touch is Touch.LOST or len(self._touched) >= _MANY * 20:
            self._everything = True
            self._touched.clear()
            self._doubted.clear()
        if self._everything:
            return
        before = self._doubted.pop(hint.path, None)
        known = hint.path in self._touched
        if doubted is not None and (not known or (before is not None and before[0] is doubted)):
            news = before[1] if before is not None and hint.news is News.OTHER else hint.news
            self._doubted[hint.path] = doubted, news
        self._touch(hint.path, now, done=hint.touch is Touch.DONE)

    def look_again(self, paths: frozenset[RelPath] | set[RelPath], now: float) -> None:
        """Take in paths that a run had to leave because they were being written."""
        for path in paths - self._touched.keys():
            self._doubted.pop(path, None)
            self._touch(path, now, done=False)

    def due(self) -> float | None:
        """Return when a run is worth it if no more news comes; None where there are no hints."""
        if self._everything:
            return self._last + _QUIET
        if self._earliest is None:
            return None
        return max(self._earliest, min(self._last + _QUIET, self._earliest + _LONGEST))

    def take(self, now: float) -> Scope:
        """Return what is ready, and keep the rest."""
        if self._everything:
            self.clear()
            return Scope(everything=True)
        ready = {
            path: done
            for path, (at, done) in self._touched.items()
            if self._ready_at(at, done) <= now
        }
        for path in ready:
            del self._touched[path]
        doubted = frozenset(
            (*told, path) for path in ready if (told := self._doubted.pop(path, None)) is not None
        )
        ready_paths = ready.keys() - {path for *_, path in doubted}
        self._earliest = min(
            (self._ready_at(*touched) for touched in self._touched.values()), default=None
        )
        folders = frozenset(parent(path) for path in ready_paths)
        if len(folders) > _MANY:
            return Scope(everything=True, finished=_done(ready))
        return Scope(False, folders, _done(ready), doubted)

    def clear(self) -> None:
        """Forget all hints, because everything is about to be looked at."""
        self._touched.clear()
        self._doubted.clear()
        self._everything = False
        self._earliest = None

    def _touch(self, path: RelPath, now: float, *, done: bool) -> None:
        self._touched[path] = (now, done)
        ready = self._ready_at(now, done)
        self._earliest = ready if self._earliest is None else min(self._earliest, ready)

    def _ready_at(self, at: float, done: bool) -> float:
        return at + (_QUIET if done else self.settle.total_seconds())


def _done(ready: dict[RelPath, bool]) -> frozenset[RelPath]:
    return frozenset(path for path, done in ready.items() if done)
