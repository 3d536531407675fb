"""A side that nobody else writes to: every change passes the lock.

The lock is taken right before the first change, so that a run which finds nothing to change, or
nothing that it may change, writes nothing at all.
"""

from itertools import chain
from typing import TYPE_CHECKING, override

from ..endpoint import (
    ROOT,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    Hint,
    Listing,
    Placement,
    RelPath,
    RootIdentity,
    Traits,
    Watch,
    everywhere,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from ..lock import Lock


class ExclusiveEndpoint(Endpoint):
    """Another side, with its lock. Reading needs none.

    Invariant: between two changes of this side nobody else has made one, as far as all who write
    there keep to the lock; whoever lost it gets `Locked` instead of another change.
    """

    def __init__(
        self, side: Endpoint, lock: Lock, cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        self._side = side
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

    @property
    @override
    def traits(self) -> Traits:
        return self._side.traits

    @override
    def identify(self) -> RootIdentity:
        return self._side.identify()

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        return self._side.walk(under, enter)

    @override
    def list(self, folder: RelPath) -> Listing:
        return self._side.list(folder)

    @override
    def look(self, path: RelPath) -> Entry | None:
        return self._side.look(path)

    @override
    def open(self, path: RelPath) -> AbstractContextManager[Content]:
        return self._side.open(path)

    @override
    def free_space(self) -> int:
        return self._side.free_space()

    @override
    def close(self) -> None:
        self._side.close()

    @override
    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        return self._side.watch(listener)
