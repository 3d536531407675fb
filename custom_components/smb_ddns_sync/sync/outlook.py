"""What a plan amounts to, in bounded memory.

For the guards, the progress, and a person who wants to see it first.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .endpoint import Entry, Kind, RelPath
from .names import below
from .operation import (
    Ask,
    Change,
    Compare,
    Defer,
    Forget,
    MakeFolder,
    Move,
    MoveBase,
    Operation,
    Place,
    Record,
    RemoveFolder,
    Report,
    SetAside,
    Trash,
)
from .side import Side
from .status import FileProblem, Hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .base import Version
    from .delta import Row

_SHOWN_OPERATIONS: Final = 1000
_SHOWN_PROBLEMS: Final = 100
_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. Counts are of everything; the tuples hold the first of many."""

    operations: tuple[Operation, ...] = ()
    """At most 1000 that would change a side."""
    files_placed: int = 0
    placed_on_source: int = 0
    """How many of the placed files go to the source."""
    files_replaced: int = 0
    """How many of the placed files replace a version that is there."""
    bytes_placed: int = 0
    folders_made: int = 0
    files_trashed: int = 0
    trashed_on_source: int = 0
    """How many of the files that go to trash go on the source."""
    folders_removed: int = 0
    removals: int = 0
    """Operations that take something away; a folder goes in one."""
    moved: int = 0
    """Files and folders that only get another path; a folder counts once."""
    conflicts: int = 0
    """Files that both sides changed and of which both versions are kept, or wait for a person."""
    deferred: int = 0
    problems: tuple[FileProblem, ...] = ()
    problem_count: int = 0
    deletion_examples: tuple[RelPath, ...] = ()
    replacement_examples: tuple[RelPath, ...] = ()
    only_remembers: bool = True
    """Both sides are as they should be."""
    hold: Hold | None = None

    @property
    def steps(self) -> int:
        """Return how many operations it takes."""
        return self.files_placed + self.folders_made + self.removals + self.moved

    @classmethod
    def of(cls, operations: Iterable[Operation]) -> Plan:
        """Count what the operations amount to."""
        tally = _Tally()
        for operation in operations:
            tally.add(operation)
        return tally.plan()


@dataclass(slots=True)
class _Tally:
    operations: list[Operation] = field(default_factory=list)
    problems: list[FileProblem] = field(default_factory=list)
    deleted: list[RelPath] = field(default_factory=list)
    replaced: list[RelPath] = field(default_factory=list)
    files_placed: int = 0
    placed_on_source: int = 0
    files_replaced: int = 0
    bytes_placed: int = 0
    folders_made: int = 0
    files_trashed: int = 0
    trashed_on_source: int = 0
    folders_removed: int = 0
    removals: int = 0
    moved: int = 0
    conflicts: int = 0
    deferred: int = 0
    problem_count: int = 0

    def add(self, operation: Operation) -> None:
        match operation:
            case Report(path, cause, detail):
                self.problem_count += 1
                _append(self.problems, FileProblem(path, cause, detail), _SHOWN_PROBLEMS)
            case Defer():
                self.deferred += 1
            case Ask():
                self.conflicts += 1
            case Record() | Forget() | MoveBase() | Compare():
                pass
            case _:
                self._add_change(operation)
                _append(self.operations, operation, _SHOWN_OPERATIONS)

    def _add_change(self, change: Change) -> None:
        match change:
            case MakeFolder():
                self.folders_made += 1
            case Place(path, source, expected):
                self.files_placed += 1
                self.placed_on_source += change.on is Side.SOURCE
                self.bytes_placed += source.size
                if expected is not None:
                    self.files_replaced += 1
                    _append(self.replaced, path, _EXAMPLES)
            case Trash(path, target, files):
                self.removals += 1
                self.files_trashed += files
                self.trashed_on_source += files if change.on is Side.SOURCE else 0
                self.folders_removed += target.kind is Kind.FOLDER
                _append(self.deleted, path, _EXAMPLES)
            case RemoveFolder():
                self.removals += 1
                self.folders_removed += 1
            case Move():
                self.moved += 1
            case SetAside():
                self.moved += 1
                self.conflicts += 1

    def plan(self) -> Plan:
        return Plan(
            operations=tuple(self.operations),
            files_placed=self.files_placed,
            placed_on_source=self.placed_on_source,
            files_replaced=self.files_replaced,
            bytes_placed=self.bytes_placed,
            folders_made=self.folders_made,
            files_trashed=self.files_trashed,
            trashed_on_source=self.trashed_on_source,
            moved=self.moved,
            conflicts=self.conflicts,
            folders_removed=self.folders_removed,
            removals=self.removals,
            deferred=self.deferred,
            problems=tuple(self.problems),
            problem_count=self.problem_count,
            deletion_examples=tuple(self.deleted),
            replacement_examples=tuple(self.replaced),
            only_remembers=not self.operations,
        )


@dataclass(slots=True)
class SideEvidence:
    """How much of what the base knows one side still has, as it was."""

    lost: int = 0
    changed: int = 0
    new: int = 0
    lost_in_other_folders: int = 0
    """Files that are gone from folders that are not the folders they were.

    A disk that is not mounted.
    """
    other_folder: RelPath | None = None

    def add(self, path: RelPath, entry: Entry | None, kind: Kind, known: Version) -> None:
        """Count one path that the base knows."""
        if kind is not Kind.FILE:
            if _is_other_folder(kind, known, entry):
                self.other_folder = path
        elif entry is None:
            self.lost += 1
            inside = self.other_folder is not None and below(path, self.other_folder)
            self.lost_in_other_folders += inside
        else:
            self.changed += not _holds(entry, kind, known)


@dataclass(slots=True)
class Evidence:
    """How much of what the base knows each side still has."""

    source: SideEvidence = field(default_factory=SideEvidence)
    target: SideEvidence = field(default_factory=SideEvidence)
    unknown: int = 0
    """Folders that could not be listed."""

    def on(self, side: Side) -> SideEvidence:
        """Return the evidence of a side."""
        return self.source if side is Side.SOURCE else self.target

    def intact(self, side: Side) -> bool:
        """Tell whether a side has everything that the base knows."""
        return not (self.on(side).lost or self.on(side).changed or self.unknown)

    def gather(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Count the rows on their way."""
        for row in rows:
            self._add(row)
            yield row

    def _add(self, row: Row) -> None:
        if row.source_unlisted or row.target_unlisted:
            self.unknown += 1
        for side in Side:
            entry, found = row.on(side), self.on(side)
            if row.base is None or row.base.source is None:
                found.new += entry is not None and entry.kind is Kind.FILE
            elif (known := row.base.on(side)) is not None:
                found.add(row.path, entry, row.base.kind, known)


def _append[T](items: list[T], item: T, limit: int) -> None:
    if len(items) < limit:
        items.append(item)


def _is_other_folder(kind: Kind, known: Version, entry: Entry | None) -> bool:
    return (
        entry is not None
        and kind is entry.kind is Kind.FOLDER
        and known.file_id != 0
        and entry.file_id not in (0, known.file_id)
    )


def _holds(entry: Entry, kind: Kind, version: Version) -> bool:
    # Ids are left out: a folder that was restored elsewhere has the same files with other ids.
    return entry.kind is kind and (entry.size, entry.modified) == version[:2]
