"""What a plan is made of.

Operations say what they expect to find, and name nothing that the plan has not seen.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .base import BaseEntry
    from .endpoint import Entry, RelPath


@dataclass(frozen=True, slots=True)
class MakeFolder:
    """The source has a folder where the target has nothing."""

    path: RelPath
    source: Entry


@dataclass(frozen=True, slots=True)
class Place:
    """The source has a file that the target has not, or not this version of.

    What is replaced goes to trash.
    """

    path: RelPath
    source: Entry
    expected: Entry | None


@dataclass(frozen=True, slots=True)
class Trash:
    """The target has a file, or a folder with all that is in it, that the source has not."""

    path: RelPath
    target: Entry
    files: int
    """How many files go with it: 1 for a file."""
    clear: bool = False
    """It stands where something else is to come, so it goes first."""


@dataclass(frozen=True, slots=True)
class RemoveFolder:
    """The target has an empty folder that the source has not."""

    path: RelPath
    target: Entry
    clear: bool = False


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


type Operation = MakeFolder | Place | Trash | RemoveFolder | Record | Forget | Defer | Report
