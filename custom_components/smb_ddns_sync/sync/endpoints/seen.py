"""A side of which it is told how much of it was looked at."""

from typing import TYPE_CHECKING, override

from ..endpoint import ROOT, Endpoint, Kind, Listing, RelPath, everywhere
from .wrapper import Wrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class SeenEndpoint(Wrapper):
    """Another side; `saw` hears how many files each folder that is listed has."""

    def __init__(self, side: Endpoint, saw: Callable[[int], None]) -> None:
        super().__init__(side)
        self._saw = saw

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        for listing in self._side.walk(under, enter):
            self._saw(_files(listing))
            yield listing

    @override
    def list(self, folder: RelPath) -> Listing:
        listing = self._side.list(folder)
        self._saw(_files(listing))
        return listing


def _files(listing: Listing) -> int:
    return sum(entry.kind is Kind.FILE for entry in listing.entries)
