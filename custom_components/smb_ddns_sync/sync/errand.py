"""Which files patterns stand for, and where each of them is to be on the other side."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .carry import Parcel
from .endpoint import EndpointError, FileError, Missing, RelPath
from .globs import find
from .names import checked, join, name_of
from .outside import PathRefused, reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .endpoint import Endpoint, Entry
    from .globs import Glob


@dataclass(frozen=True, slots=True)
class Destination:
    """Where files go: into a folder, below which they keep their folders, or to one path."""

    path: RelPath
    is_folder: bool

    def of(self, glob: Glob, entry: Entry) -> RelPath:
        """Return where one of the files goes. Raises `FileError` where no share can hold it."""
        if not self.is_folder:
            return self.path
        below = entry.path[len(glob.base) :].lstrip("/") if glob.names else name_of(entry.path)
        target = join(self.path, checked(below))
        try:
            return reachable(target)
        except PathRefused as error:
            raise FileError(entry.path, "bad_name", "no share can hold this name") from error


@dataclass(slots=True)
class Errand:
    """What is to be carried, and what cannot be."""

    parcels: list[Parcel] = field(default_factory=list)
    problems: list[EndpointError] = field(default_factory=list)
    more: bool = False
    """There are more files than are carried at once."""


def errand(
    sources: Iterable[tuple[Endpoint, Glob]],
    to: Destination,
    most: int,
    stopped: Callable[[], bool],
) -> Errand:
    """Return what is to be done for patterns, each on its side. Blocks; raises as `find` does."""
    asked = Errand()
    for side, glob in sources:
        try:
            found = find(side, (glob,), most - len(asked.parcels), stopped)
        except Missing as error:  # there is no such folder, so nothing in it
            if not glob.names:
                asked.problems.append(error)
            continue
        asked.problems += found.problems
        asked.more = asked.more or found.more
        for entry in found.entries.values():
            try:
                asked.parcels.append(Parcel(side, entry, to.of(glob, entry)))
            except FileError as error:
                asked.problems.append(error)
    return asked
