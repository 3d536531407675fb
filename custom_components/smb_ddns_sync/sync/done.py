"""What a run works on, and what came of it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .side import Side
from .status import FileProblem

if TYPE_CHECKING:
    from .base import Base
    from .endpoint import Endpoint, RelPath
    from .state import State

_SHOWN_PROBLEMS: Final = 100
_KEPT_FAILURES: Final = 1000

CONTENT_DIFFERS: Final = "content_differs"
"""Both sides hold one version by size and time, and the content is not the same."""
LASTING: Final = frozenset(
    {CONTENT_DIFFERS, "bad_name", "in_the_way", "name_collision", "not_a_file", "own_name"}
)
"""Causes that only a person can end: trying again soon is no use."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a path could not be carried over."""

    path: RelPath
    cause: str
    detail: str
    version: str = ""
    """Which version of a file was tried; empty where it was no file, or nothing was tried."""


@dataclass(slots=True)
class Done:
    """What was carried out, and what was not."""

    files_copied: int = 0
    bytes_copied: int = 0
    files_trashed: int = 0
    folders_made: int = 0
    folders_removed: int = 0
    moved: int = 0
    conflicts: int = 0
    files_cleared: int = 0
    problems: list[FileProblem] = field(default_factory=list)
    """The first of them."""
    problem_count: int = 0
    failures: list[Failure] = field(default_factory=list)
    """The first of what failed in this run."""
    resting: set[RelPath] = field(default_factory=set)
    """Problems of earlier runs that were not tried again in this one."""
    worth_a_retry: bool = False
    """At least one problem may end by itself."""
    waits: bool = False
    """Something is left that a run in a while can do, and this one could not."""
    deferred: set[RelPath] = field(default_factory=set)
    in_use: dict[RelPath, Failure] = field(default_factory=dict)
    """What somebody has open: a problem only if it lasts, see `in_use.py`."""

    def tell(self, failure: Failure) -> None:
        """Note what failed in this run."""
        self.worth_a_retry = self.worth_a_retry or failure.cause not in LASTING
        if len(self.failures) < _KEPT_FAILURES:
            self.failures.append(failure)
        self._show(failure)

    def rests(self, failure: Failure) -> None:
        """Note what failed before, and is not tried again yet."""
        self.resting.add(failure.path)
        self._show(failure)

    @property
    def too_many(self) -> bool:
        """Tell whether more failed than are kept one by one, of which some may end by itself."""
        return self.worth_a_retry and self.problem_count > len(self.failures) + len(self.resting)

    def _show(self, failure: Failure) -> None:
        self.problem_count += 1
        if len(self.problems) < _SHOWN_PROBLEMS:
            self.problems.append(FileProblem(failure.path, failure.cause, failure.detail))


@dataclass(frozen=True, slots=True)
class Sides:
    """What a plan is carried out on."""

    source: Endpoint
    target: Endpoint
    state: State
    base: Base

    def on(self, side: Side) -> Endpoint:
        """Return one of the two."""
        return self.source if side is Side.SOURCE else self.target
