"""A side that hands everything on to another one: what is peculiar overrides its part."""

from typing import TYPE_CHECKING, override

from ..endpoint import (
    ROOT,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    Hint,
    Listing,
    NameRule,
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


class Wrapper(Endpoint):
    """Another side, as it is."""

    def __init__(self, side: Endpoint) -> None:
        self._side = side

    @property
    def inner(self) -> Endpoint:
        """Return the side that everything is handed on to."""
        return self._side

    @property
    @override
    def traits(self) -> Traits:
        return self._side.traits

    @override
    def try_names(self) -> NameRule | None:
        return self._side.try_names()

    @override
    def hold_names(self, rule: NameRule) -> None:
        self._side.hold_names(rule)

    @override
    def identify(self) -> RootIdentity:
        return self._side.identify()

    @override
    def find_root(self, path: RelPath, longest: int) -> tuple[RootIdentity, bytes | EndpointError]:
        return self._side.find_root(path, longest)

    @override
    def read_small(self, path: RelPath, longest: int) -> bytes:
        return self._side.read_small(path, longest)

    @override
    def place_at_once(self, placement: Placement) -> Entry:
        return self._side.place_at_once(placement)

    @override
    def pin(self, root: RootIdentity | None, marker: str | None = None) -> None:
        self._side.pin(root, marker)

    @override
    def heed(self, stopped: Callable[[], bool]) -> None:
        self._side.heed(stopped)

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

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        return self._side.place(placements)

    @override
    def make_folder(self, path: RelPath) -> None:
        self._side.make_folder(path)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        self._side.move(source, target, expected)

    @override
    def remove_folder(self, path: RelPath) -> None:
        self._side.remove_folder(path)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        self._side.delete_file(path, expected)
