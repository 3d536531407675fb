"""The locks of all sides that one run may write on, taken together.

Two jobs may have the same sides the other way round, on one Home Assistant or on two. So everybody
takes the locks in one order, that of the roots' identities, which is the same wherever one looks
from: who waits for a lock holds none that the other one may wait for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .endpoint import RootIdentity
    from .lock import Lock


class Locks:
    """The right to write on some sides, for one run: on all of them or on none."""

    def __init__(self, locks: Iterable[tuple[RootIdentity, Lock]]) -> None:
        in_order = sorted(locks, key=lambda pair: (pair[0].volume, pair[0].file_id))
        self._locks = [lock for _, lock in in_order]

    @property
    def held(self) -> bool:
        """Whether all were taken, and none lost as far as is known here."""
        return all(lock.held for lock in self._locks)

    def take(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Take them all; raises as `Lock.take`, and holds none then."""

        def cancelled_in_life() -> bool:
            # Who waits for the next one still holds those before it.
            self.show_life()
            return cancelled()

        try:
            for lock in self._locks:
                if not lock.held:
                    lock.take(cancelled_in_life)
        except BaseException:
            self.release()
            raise

    def show_life(self) -> None:
        """Show life where it is time to; raises `Locked` where one was lost."""
        for lock in self._locks:
            if lock.held:
                lock.show_life()

    def prove(self) -> None:
        """Raise `Locked` where somebody else has taken one for abandoned."""
        for lock in self._locks:
            lock.prove()

    def release(self) -> None:
        """Let go of all, the last one first."""
        for lock in reversed(self._locks):
            lock.release()
