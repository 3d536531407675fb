"""Watching a whole tree of a share: hints as they come, and every loss of hints told.

Invariants, seen from the listener:

- Once a watch has been made, every change is followed by a notice that covers it: of its own, a
  `Rescan`, or `Ended`. After an interruption the folder is opened and armed first, and `Rescan` is
  told after, so that nothing falls between.
- After `Interrupted` comes `Rescan` or `Ended`; after `Ended`, and after `close`, comes nothing.
- A silent watch delays nobody: it has a connection of its own, whose peer is asked after some
  silence whether it is still there.

Notices are hints. Samba tells of changes below the watched folder only when they come through SMB,
and some servers tell only a part; so a look at everything stays necessary once in a while.
"""

from functools import partial
import logging
import random
from threading import Event, Lock, Thread, current_thread
import time
from typing import TYPE_CHECKING, Final

from . import operations
from .armed import ArmedFolder
from .errors import (
    AccountRefused,
    BadAnswer,
    Changed,
    ConnectionLost,
    FileFailed,
    FloorNotMet,
    InUse,
    SmbError,
    Unsupported,
)
from .notice import Ended, Interrupted, Rescan, Why, read_notices
from .pipeline import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import FolderIdentity
    from .lane import Lane
    from .notice import Notice
    from .target import Address

_LOGGER = logging.getLogger(__name__)

_FIRST_PAUSE: Final = 0.5  # seconds, doubled with each further one
_LONGEST_PAUSE: Final = 30.0
_SETTLE: Final = 0.5
"""Seconds after which a folder counts as watched.

Samba answers that it waits for changes before a daemon of its own has begun to: what changed in the
watched folder itself a few milliseconds later was seen to get lost. Nothing tells when it has.
"""
_LOOK_EVERY: Final = 60.0
"""Seconds between looks whether the path still leads to the watched folder.

Servers follow a folder that is renamed, and Samba says nothing when it is deleted.
"""


class Pauses:
    """Pauses that grow: after failures, or while a server loses count again and again."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> float:
        """Return how long to wait now, in seconds, with jitter."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << self._count))
        self._count = min(self._count + 1, 16)
        return pause * random.uniform(0.5, 1)  # noqa: S311 - jitter

    def reset(self) -> None:
        """Begin anew: all was well."""
        self._count = 0


class Watch:
    """A watched tree. The listener is called on a thread of the watch's own, and must not raise.

    While it runs no other notice comes; the server keeps what happens meanwhile, as far as it can.
    """

    def __init__(
        self,
        lane: Lane,
        path: str,
        listener: Callable[[Notice], None],
        outdated: Callable[[Address], bool],
        ended: Callable[[], None],
    ) -> None:
        """Dial and arm in the caller's thread; raises `SmbError`.

        `lane` is closed by the watch. `outdated` tells whether a better address than the one in use
        is known to be back; `ended` is called when the watch is over, whatever the reason.
        """
        self._lane = lane
        self._path = path
        self._listener = listener
        self._outdated = outdated
        self._ended = ended
        self._closing = Event()
        self._again = Pauses()
        self._lost_count = Pauses()
        self._identity: FolderIdentity | None = None
        self._armed_at = 0.0
        armed = self._arm()
        self._thread = Thread(
            target=self._run, args=(armed,), name=f"watch {path or 'share'}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop: hang up, and wait for the listener if it runs now.

        No notice comes after the return, and nothing is left, here or on the server. Must not be
        called while holding what the listener waits for; from the listener itself it may be called.
        """
        self._closing.set()
        self._lane.close()
        if current_thread() is not self._thread:
            self._thread.join()

    def _run(self, armed: ArmedFolder) -> None:
        current: ArmedFolder | None = armed
        try:
            while current is not None:
                try:
                    self._listen(current)
                except SmbError as error:
                    # Gives the handle back, too: it could keep others from deleting the folder.
                    current.connection.close()
                    current = self._arm_again(error)
        finally:
            self._lane.close()
            self._ended()

    def _listen(self, armed: ArmedFolder) -> None:
        """Tell what comes, until an error ends it."""
        look_at = time.monotonic() + _LOOK_EVERY
        while True:
            answer = armed.next(look_at)
            if answer is None:
                self._look(armed)
                look_at = time.monotonic() + _LOOK_EVERY
                continue
            notices = read_notices(answer, self._path)
            for notice in notices:
                self._tell(notice)
            if isinstance(notices[0], Rescan):
                # One look at everything is enough for all that a flood brings meanwhile.
                self._closing.wait(self._lost_count.next())
            else:
                self._lost_count.reset()

    def _look(self, armed: ArmedFolder) -> None:
        """Raise where another connection or another folder should be watched by now."""
        if self._identity != self._identify():
            raise Changed(self._path, "the path leads to another folder now")
        address = armed.connection.facts.address
        if self._outdated(address):
            raise ConnectionLost(str(address), "given up for a better address")

    def _arm(self) -> ArmedFolder:
        connection = self._lane.connection(at_once=True)
        # Asked first: if the path leads elsewhere a moment later, the next look finds out.
        self._identity = self._identify()
        armed = ArmedFolder(connection, self._path)
        self._closing.wait(_SETTLE)
        self._armed_at = time.monotonic()
        return armed

    def _identify(self) -> FolderIdentity | None:
        """Return which folder is at the path; None where the server does not tell."""
        try:
            return run(self._lane, partial(operations.identity, path=self._path))
        except Unsupported, BadAnswer:
            return None

    def _arm_again(self, error: SmbError) -> ArmedFolder | None:
        """Return the folder armed anew, however long it takes; None when the watch is over."""
        if time.monotonic() - self._armed_at > _LOOK_EVERY:
            self._again.reset()
        if not self._over(error):
            self._tell(Interrupted(error))
        while not self._over(error):
            if self._closing.wait(self._again.next()):
                break
            try:
                armed = self._arm()
            except SmbError as failure:
                _LOGGER.debug("Cannot watch %r yet: %s", self._path, failure)
                error = failure
                if (standing := self._lane.standing) is not None:
                    standing.close()
            else:
                self._tell(Rescan(Why.RESUMED))
                return armed
        self._tell(Ended(error))
        return None

    def _over(self, error: SmbError) -> bool:
        """Tell whether only a person, or the one who watches, can do something about it."""
        if self._lane.closed or isinstance(error, AccountRefused | FloorNotMet | Unsupported):
            return True
        return isinstance(error, FileFailed) and not isinstance(error, Changed | InUse)

    def _tell(self, notice: Notice) -> None:
        if not self._closing.is_set():
            self._listener(notice)


class Watches:
    """All watches of one client, so that they end with it. Each has a connection of its own."""

    def __init__(self, make_lane: Callable[[], Lane], outdated: Callable[[Address], bool]) -> None:
        self._make_lane = make_lane
        self._outdated = outdated
        self._lock = Lock()
        self._lanes: set[Lane] = set()
        self._closed = False

    def open(self, path: str, listener: Callable[[Notice], None]) -> Watch:
        """Return a watch that is armed; raises `SmbError`."""
        lane = self._make_lane()
        with self._lock:
            self._lanes.add(lane)
            if self._closed:
                lane.close()
        try:
            return Watch(lane, path, listener, self._outdated, partial(self._forget, lane))
        except BaseException:
            lane.close()
            self._forget(lane)
            raise

    def close(self) -> None:
        """End them all: each tells `Ended`. Waits for none."""
        with self._lock:
            self._closed = True
            lanes = tuple(self._lanes)
        for lane in lanes:
            lane.close()

    def _forget(self, lane: Lane) -> None:
        with self._lock:
            self._lanes.discard(lane)
