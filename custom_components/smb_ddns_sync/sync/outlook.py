"""What a plan amounts to, in bounded memory.

For the guards, the progress, and a person who wants to see it first.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .endpoint import Entry, Kind, RelPath
from .names import below
from .operation import (
    Defer,
    Forget,
    MakeFolder,
    Operation,
    Place,
    Record,
    RemoveFolder,
    Report,
    Trash,
)
from .status import FileProblem, Hold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .base import BaseEntry, Version
    from .delta import Row

_SHOWN_OPERATIONS: Final = 1000
_SHOWN_PROBLEMS: Final = 100
_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. Counts are of everything; the tuples hold the first of many."""

    operations: tuple[Operation, ...] = ()
    """At most 1000 that would change the target."""
    files_placed: int = 0
    files_replaced: int = 0
    """How many of the placed files replace a version that is there."""
    bytes_placed: int = 0
    folders_made: int = 0
    files_trashed: int = 0
    folders_removed: int = 0
    removals: int = 0
    """Operations that take something away; a folder goes in one."""
    deferred: int = 0
    problems: tuple[FileProblem, ...] = ()
    problem_count: int = 0
    deletion_examples: tuple[RelPath, ...] = ()
    replacement_examples: tuple[RelPath, ...] = ()
    only_remembers: bool = True
    """The target is as it should be."""
    hold: Hold | None = None

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
    files_replaced: int = 0
    bytes_placed: int = 0
    folders_made: int = 0
    files_trashed: int = 0
    folders_removed: int = 0
    removals: int = 0
    deferred: int = 0
    problem_count: int = 0

    def add(self, operation: Operation) -> None:
        match operation:
            case Report(path, cause, detail):
                self.problem_count += 1
                _append(self.problems, FileProblem(path, cause, detail), _SHOWN_PROBLEMS)
            case Defer():
                self.deferred += 1
            case Record() | Forget():
                pass
            case _:
                self._add_change(operation)
                _append(self.operations, operation, _SHOWN_OPERATIONS)

    def _add_change(self, change: MakeFolder | Place | Trash | RemoveFolder) -> None:
        match change:
            case MakeFolder():
                self.folders_made += 1
            case Place(path, source, expected):
                self.files_placed += 1
                self.bytes_placed += source.size
                if expected is not None:
                    self.files_replaced += 1
                    _append(self.replaced, path, _EXAMPLES)
            case Trash(path, target, files):
                self.removals += 1
                self.files_trashed += files
                self.folders_removed += target.kind is Kind.FOLDER
                _append(self.deleted, path, _EXAMPLES)
            case RemoveFolder():
                self.removals += 1
                self.folders_removed += 1

    def plan(self) -> Plan:
        return Plan(
            operations=tuple(self.operations),
            files_placed=self.files_placed,
            files_replaced=self.files_replaced,
            bytes_placed=self.bytes_placed,
            folders_made=self.folders_made,
            files_trashed=self.files_trashed,
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
class Evidence:
    """How much of what the base knows each side still has, as it was."""

    source_lost: int = 0
    source_changed: int = 0
    source_new: int = 0
    target_lost: int = 0
    target_changed: int = 0
    unknown: int = 0
    """Folders that could not be listed."""
    lost_in_other_folders: int = 0
    """Files that are gone from folders of the source that are not the folders they were.

    A disk that is not mounted.
    """
    other_folder: RelPath | None = None

    @property
    def source_intact(self) -> bool:
        """Tell whether the source has everything that the base knows."""
        return not (self.source_lost or self.source_changed or self.unknown)

    @property
    def target_intact(self) -> bool:
        """Tell whether the target has everything that the base knows."""
        return not (self.target_lost or self.target_changed or self.unknown)

    def gather(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Count the rows on their way."""
        for row in rows:
            self._add(row)
            yield row

    def _add(self, row: Row) -> None:
        if row.source_unlisted or row.target_unlisted:
            self.unknown += 1
        base = row.base
        if base is None or base.source is None:
            self.source_new += row.source is not None and row.source.kind is Kind.FILE
        elif base.kind is Kind.FILE:
            self._compare(row, base, base.source)
        elif _is_other_folder(base, row.source):
            self.other_folder = row.path

    def _compare(self, row: Row, base: BaseEntry, source: Version) -> None:
        if row.source is None:
            self.source_lost += 1
            inside = self.other_folder is not None and below(row.path, self.other_folder)
            self.lost_in_other_folders += inside
        else:
            self.source_changed += not _holds(row.source, base.kind, source)
        if row.target is None:
            self.target_lost += 1
        else:
            self.target_changed += not _holds(row.target, base.kind, base.target)


def _append[T](items: list[T], item: T, limit: int) -> None:
    if len(items) < limit:
        items.append(item)


def _is_other_folder(base: BaseEntry, source: Entry | None) -> bool:
    return (
        source is not None
        and source.kind is Kind.FOLDER
        and base.source is not None
        and base.source.file_id != 0
        and source.file_id not in (0, base.source.file_id)
    )


def _holds(entry: Entry, kind: Kind, version: Version) -> bool:
    # Ids are left out: a folder that was restored elsewhere has the same files with other ids.
    return entry.kind is kind and (entry.size, entry.modified) == version[:2]
