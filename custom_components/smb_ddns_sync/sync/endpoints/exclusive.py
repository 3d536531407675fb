"""A side that nobody else writes to: every change passes the lock.

The lock is taken right before the first change, so that a run which finds nothing to change, or
nothing that it may change, writes nothing at all.
"""

from itertools import chain
from typing import TYPE_CHECKING, override

from .wrapper import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..endpoint import Endpoint, EndpointError, Entry, Placement, RelPath
    from ..lock import Lock
    from ..locks import Locks


class ExclusiveEndpoint(Wrapper):
    """Another side, with its lock. Reading needs none.

    Invariant: between two changes of this side nobody else has made one, as far as all who write
    there keep to the lock; whoever lost it gets `Locked` instead of another change.
    """

    def __init__(
        self, side: Endpoint, lock: Lock | Locks, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        super().__init__(side)
        self._lock = lock
        self._cancelled = cancelled

    def _exclusively(self) -> Endpoint:
        """Return the side to be changed now."""
        if self._lock.held:
            self._lock.show_life()
        else:
            self._lock.take(self._cancelled)
        return self._side

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        waiting = iter(placements)
        first = next(waiting, None)
        if first is not None:
            yield from self._exclusively().place(chain((first,), waiting))

    @override
    def place_at_once(self, placement: Placement) -> Entry:
        return self._exclusively().place_at_once(placement)

    @override
    def make_folder(self, path: RelPath) -> None:
        self._exclusively().make_folder(path)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        self._exclusively().move(source, target, expected)

    @override
    def remove_folder(self, path: RelPath) -> None:
        self._exclusively().remove_folder(path)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        self._exclusively().delete_file(path, expected)
