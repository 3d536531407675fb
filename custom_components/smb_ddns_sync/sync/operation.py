"""What a plan is made of.

Operations say on which side they are carried out and what they expect to find there, and name
nothing that the plan has not seen. Where only one side is ever changed, it is the target.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .side import Side

if TYPE_CHECKING:
    from .base import BaseEntry
    from .endpoint import Entry, RelPath


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """The other side has a folder (`source`) where the side has nothing."""

    path: RelPath
    source: Entry
    on: Side = Side.TARGET


@dataclass(frozen=True, slots=True)
class Place:
    """The other side has a file (`source`) that the side has not, or not this version of.

    What is replaced goes to trash.
    """

    path: RelPath
    source: Entry
    expected: Entry | None
    on: Side = Side.TARGET


@dataclass(frozen=True, slots=True)
class Trash:
    """A side has a file, or a folder with all that is in it, that the other one has not."""

    path: RelPath
    target: Entry
    files: int
    """How many files go with it: 1 for a file."""
    clear: bool = False
    """It stands where something else is to come, so it goes first."""
    on: Side = Side.TARGET


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """A side has an empty folder that the other one has not."""

    path: RelPath
    target: Entry
    clear: bool = False
    on: Side = Side.TARGET


@dataclass(frozen=True, slots=True)
class Move:
    """The other side has given a file or folder another path, and the side follows.

    `entry` tells where it is when its turn comes; moves are carried out in the order of the plan.
    """

    path: RelPath
    entry: Entry
    base_at: RelPath | None
    """Where the base has it by then; None where it does not know it."""
    on: Side = Side.TARGET


@dataclass(frozen=True, slots=True)
class MoveBase:
    """Both sides have given it the same new path: only the base changes."""

    path: RelPath
    base_at: RelPath


@dataclass(frozen=True, slots=True)
class SetAside:
    """A side's version of a file loses its name to the other side's, and gets one beside it."""

    path: RelPath
    entry: Entry
    aside: RelPath
    on: Side


@dataclass(frozen=True, slots=True)
class Compare:
    """Both have a file of one size, and only its content tells whether it is one version."""

    path: RelPath
    source: Entry
    target: Entry


@dataclass(frozen=True, slots=True)
class Ask:
    """Both versions stay as they are until a person decides."""

    path: RelPath
    source: Entry
    target: Entry


@dataclass(frozen=True, slots=True)
class Record:
    """Both sides agree already, or the target keeps what is its own: only the base changes."""

    entry: BaseEntry


@dataclass(frozen=True, slots=True)
class Forget:
    """Neither side holds it any more: only the base changes."""

    path: RelPath


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now: it is being written, or changed while it was looked at."""

    path: RelPath


@dataclass(frozen=True, slots=True)
class Report:
    """It stays as it is on both sides, and the user is told why."""

    path: RelPath
    cause: str
    detail: str
    rests: bool = False
    """An earlier run found it, and it is not tried again yet."""


type Change = MakeFolder | Place | Trash | RemoveFolder | Move | SetAside
"""What changes a side."""

type Operation = Change | MoveBase | Compare | Ask | Record | Forget | Defer | Report
