"""Carries single files from one side to another, as somebody asked for and not as a job would.

Each appears whole or not at all, read back and on the disk before it has its name. Nothing is
replaced that was not there when it was looked at.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
import time
from typing import TYPE_CHECKING, Final, override

from .endpoint import (
    ENDS_ALL,
    Cancelled,
    Changed,
    Content,
    EndpointError,
    Entry,
    Kind,
    Placement,
    RelPath,
)
from .names import fold, join, name_of, parent, temporary_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .endpoint import Endpoint
    from .names import RunToken

_MOST_NAMES: Final = 1000
"""Names that are tried beside one that is taken."""


class Overwrite(Enum):
    """What becomes of a file that is at the target already."""

    FAIL = "fail"  # it stays, and the new one is not carried
    REPLACE = "replace"
    KEEP_BOTH = "keep_both"  # the new one gets a number


class Outcome(Enum):
    """What became of a file."""

    COPIED = "copied"
    REPLACED = "replaced"
    KEPT_BOTH = "kept_both"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One file as it was found, and where it is to be."""

    side: Endpoint
    entry: Entry
    target: RelPath


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of a parcel."""

    parcel: Parcel
    target: RelPath
    """Where it is now; where it was to be, if it failed."""
    outcome: Outcome
    error: EndpointError | None = None


class Carrier:
    """Carries files to one side, in the thread of its caller."""

    def __init__(
        self,
        target: Endpoint,
        overwrite: Overwrite,
        token: RunToken,
        stopped: Callable[[], bool],
    ) -> None:
        """Carry nothing yet. Once it is `stopped`, it ends with `Cancelled` between two blocks."""
        self._target = target
        self._overwrite = overwrite
        self._token = token
        self._stopped = stopped
        self._made: set[RelPath] = set()
        self._taken: set[str] = set()

    def carry(self, parcels: Iterable[Parcel]) -> Iterator[Carried]:
        """Carry files one after the other; a file that fails stops no other.

        What concerns a whole side is told of this file and of all that follow. Raises `Cancelled`.
        """
        ended: EndpointError | None = None
        for parcel in parcels:
            try:
                if ended is not None:
                    raise ended
                yield self._carry(parcel)
            except Cancelled:
                raise
            except EndpointError as error:
                ended = error if isinstance(error, ENDS_ALL) else None
                yield Carried(parcel, parcel.target, Outcome.FAILED, error)

    def _carry(self, parcel: Parcel) -> Carried:
        name = fold(parcel.target)
        if name in self._taken and self._overwrite is not Overwrite.KEEP_BOTH:
            raise Changed(parcel.target, "exists", "another file of this action has gone there")
        self._taken.add(name)
        if self._overwrite is Overwrite.KEEP_BOTH:
            return self._keep_both(parcel)
        found = self._target.look(parcel.target)
        if found is None:
            self._place(parcel, parcel.target, None)
            return Carried(parcel, parcel.target, Outcome.COPIED)
        if found.kind is not Kind.FILE:
            raise Changed(parcel.target, "is_a_folder", "a folder is at the target")
        if self._overwrite is Overwrite.FAIL:
            raise Changed(parcel.target, "exists", "there is a file at the target already")
        self._place(parcel, parcel.target, found)
        return Carried(parcel, parcel.target, Outcome.REPLACED)

    def _keep_both(self, parcel: Parcel) -> Carried:
        for number in range(1, _MOST_NAMES):
            target = numbered(parcel.target, number)
            if self._target.look(target) is not None:
                continue
            try:
                self._place(parcel, target, None)
            except Changed as error:
                if error.cause == "exists":
                    continue  # somebody took the name since it was looked at
                raise
            return Carried(parcel, target, Outcome.COPIED if number == 1 else Outcome.KEPT_BOTH)
        raise Changed(parcel.target, "exists", f"{_MOST_NAMES} names beside it are taken")

    def _place(self, parcel: Parcel, target: RelPath, expected: Entry | None) -> None:
        if self._stopped():
            raise Cancelled(target, "cancelled")
        folder = parent(target)
        if folder not in self._made:
            self._target.make_folder(folder)
            self._made.add(folder)
        placement = Placement(
            target,
            temporary_beside(target, self._token, time.time()),
            lambda: self._opened(parcel),
            parcel.entry.size,
            parcel.entry.modified,
            expected,
            verify=True,
            flush=True,
        )
        ((_, result),) = self._target.place((placement,))
        if isinstance(result, EndpointError):
            raise result

    @contextmanager
    def _opened(self, parcel: Parcel) -> Iterator[Content]:
        with parcel.side.open(parcel.entry.path) as content:
            if not content.entry.same_version(parcel.entry):
                raise Changed(parcel.entry.path, "changed", "it has changed since it was listed")
            yield _Stoppable(content, self._stopped)


class _Stoppable(Content):
    def __init__(self, content: Content, stopped: Callable[[], bool]) -> None:
        self.entry = content.entry
        self._content = content
        self._stopped = stopped

    @override
    def read(self, offset: int, length: int) -> bytes:
        if self._stopped():
            raise Cancelled(self.entry.path, "cancelled")
        return self._content.read(offset, length)

    @override
    def verify_unchanged(self) -> None:
        self._content.verify_unchanged()

    @override
    def in_pieces(self, most: int) -> None:
        self._content.in_pieces(most)


def numbered(path: RelPath, number: int) -> RelPath:
    """Return the path with a number before its ending; the first is the path itself."""
    if number == 1:
        return path
    stem, dot, ending = name_of(path).rpartition(".")
    if not stem:
        stem, dot, ending = name_of(path), "", ""
    return join(parent(path), f"{stem} ({number}){dot}{ending}")
