"""Tells what a job's own runs did to a side from what others did, when the watch tells of both.

A run that makes, moves or takes away a name hears of it as everybody does. Who looked at each of
these paths once more would ask a server about every file twice, so they are matched:

- Each change that succeeded explains one piece of news about that name, of the same kind, and no
  more. What somebody else did in the same moment is one piece of news more, so it stays.
- Where the watch can tell what has the name by now, it must be what the run put there: two equal
  pieces of news may have become one.
- News about a content (`News.OTHER`) is never explained: our content comes under a name of ours,
  and gets its own by a rename.
- Servers tell some things twice, and of attributes by the word for contents. So what is left over
  about a name that a run changed just now (`is_ours`) is compared with what the base knows: one
  look at one path.
- News that nobody can explain about a path makes void what was still to come for it and for all
  below it. So does a loss of hints, for the whole side, and time.
- When in doubt the path is looked at. What is remembered is bounded, and what does not fit is
  looked at.

Before a run has ended it is not known whether it explains a piece of news, because a watch may be
faster than the answer to the change. So what is heard meanwhile waits for its end.
"""

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .endpoint import Hint, News, RelPath, Touch
from .names import OWN_FOLDER, below, is_temporary, name_of

if TYPE_CHECKING:
    from .endpoint import Entry
    from .side import Side

_MOST: Final = 10_000
"""Changes that no news came for yet, and pieces of news that wait, at most."""
_SEARCHED: Final = 1_000
"""Of more changes than so many none is searched for: all of the side are void."""
_EXPECTED: Final = 10.0
"""Seconds after a change in which news explains it. A server tells within one or two."""
_LATEST: Final = 60.0
"""Seconds after a change in which news about the name may be late or told twice."""


def is_own(path: RelPath) -> bool:
    """Tell whether it is the engine's own, on which no news depends."""
    own = path == OWN_FOLDER or below(path, RelPath(OWN_FOLDER))
    return own or is_temporary(name_of(path))


@dataclass(frozen=True, slots=True)
class Heard:
    """A hint that somebody else caused, or may have caused."""

    side: Side
    hint: Hint
    at: float


@dataclass(frozen=True, slots=True)
class _Done:
    """A change that succeeded, and what it put there, as far as that is known."""

    at: float
    entry: Entry | None

    def causes(self, hint: Hint) -> bool:
        """Tell whether what was found at the name is what the change put there."""
        if self.entry is None or hint.found is None:
            return True
        return self.entry.same_version(hint.found)


@dataclass(slots=True)
class Echo:
    """What was done and not heard of yet, and the reverse.

    Times are seconds of one monotonic clock. Not thread-safe: its user holds a lock.
    """

    _done: dict[tuple[Side, News, RelPath], deque[_Done]] = field(default_factory=dict)
    _done_count: int = 0
    _ours: OrderedDict[tuple[Side, RelPath], float] = field(default_factory=OrderedDict)
    """Names that runs made or took away last, whether they were heard of or not."""
    _waiting: dict[tuple[Side, News, RelPath], list[Heard]] = field(default_factory=dict)
    _waiting_count: int = 0
    _running: bool = False

    def begin(self) -> None:
        """Note that a run begins: what is heard from now on may be its own doing."""
        self._running = True

    def did(
        self, side: Side, news: News, path: RelPath, now: float, entry: Entry | None = None
    ) -> None:
        """Take in that a run made a name, and what it put there, or took it away.

        With `News.OTHER` the run did something to it, and what is told of it has to be looked at.
        """
        if is_own(path):
            return  # no watch tells of it
        self._ours[side, path] = now
        self._ours.move_to_end((side, path))
        if len(self._ours) > _MOST:
            self._ours.popitem(last=False)
        if news is News.OTHER:
            return
        key = (side, news, path)
        done = _Done(now, entry)
        if self._take_waiting(key, done):
            return
        if self._done_count >= _MOST:
            self._drop_late(now)
        if self._done_count < _MOST:
            self._done.setdefault(key, deque()).append(done)
            self._done_count += 1

    def explains(self, side: Side, hint: Hint, now: float) -> bool:
        """Tell whether a hint is no news, or has to wait for the end of the run to be any."""
        if hint.touch in {Touch.LOST, Touch.BLIND}:
            self._void(side)
            return False
        if hint.news is News.OTHER:
            return False
        key = (side, hint.news, hint.path)
        if self._take_done(key, hint, now):
            return True
        if self._running and self._waiting_count < _MOST:
            self._waiting.setdefault(key, []).append(Heard(side, hint, now))
            self._waiting_count += 1
            return True
        self._void(side, hint.path)
        return False

    def is_ours(self, side: Side, path: RelPath, now: float) -> bool:
        """Tell whether a run made this name or took it away just now: news may be its echo."""
        at = self._ours.get((side, path))
        return at is not None and now - at <= _LATEST

    def end(self) -> list[Heard]:
        """Note that the run has ended; return the hints that waited in vain for an explanation."""
        left = [heard for found in self._waiting.values() for heard in found]
        for side, _, path in self._waiting:
            self._void(side, path)
        self._waiting.clear()
        self._waiting_count = 0
        self._running = False
        return sorted(left, key=lambda heard: heard.at)

    def _take_waiting(self, key: tuple[Side, News, RelPath], done: _Done) -> bool:
        waiting = self._waiting.get(key, [])
        for heard in waiting:
            if done.causes(heard.hint):
                waiting.remove(heard)
                self._waiting_count -= 1
                if not waiting:
                    del self._waiting[key]
                return True
        return False

    def _take_done(self, key: tuple[Side, News, RelPath], hint: Hint, now: float) -> bool:
        found = self._done.get(key, ())
        for done in reversed(found):
            if now - done.at <= _EXPECTED and done.causes(hint):
                self._done[key].remove(done)
                self._done_count -= 1
                if not self._done[key]:
                    del self._done[key]
                return True
        return False

    def _void(self, side: Side, path: RelPath | None = None) -> None:
        """Expect no more news about a path and what is below it, or about a whole side."""
        everything = path is None or self._done_count > _SEARCHED
        for key in [
            key
            for key in self._done
            if key[0] is side
            and (everything or path is None or key[2] == path or below(key[2], path))
        ]:
            self._done_count -= len(self._done.pop(key))

    def _drop_late(self, now: float) -> None:
        for key in [key for key, done in self._done.items() if now - done[-1].at > _EXPECTED]:
            self._done_count -= len(self._done.pop(key))
