"""A side of which every name that a run makes or takes away is noted."""

from typing import TYPE_CHECKING, override

from ..endpoint import ROOT, Endpoint, EndpointError, Entry, Kind, News, Placement, RelPath
from ..names import parent
from .wrapper import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class NotedEndpoint(Wrapper):
    """Another side, whose watch will tell of what is done here. What failed is not noted."""

    def __init__(self, side: Endpoint, note: Callable[[News, RelPath, Entry | None], None]) -> None:
        super().__init__(side)
        self._note = note

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement, result in self._side.place(placements):
            if isinstance(result, Entry):
                self._note(News.MADE, placement.path, result)
            yield placement, result

    @override
    def make_folder(self, path: RelPath) -> None:
        self._side.make_folder(path)
        if path != ROOT:
            self._note(News.MADE, path, None)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        self._side.move(source, target, expected)
        self._note(News.GONE, source, None)
        # Samba makes one piece of news of two files that came to a name from other folders, the
        # second in place of the first. So it is not expected, and costs one look.
        sure = expected.kind is Kind.FOLDER or parent(source) == parent(target)
        self._note(News.MADE if sure else News.OTHER, target, expected)

    @override
    def remove_folder(self, path: RelPath) -> None:
        self._side.remove_folder(path)
        self._note(News.GONE, path, None)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        self._side.delete_file(path, expected)
        self._note(News.GONE, path, None)
