"""What must be done so that two sides that are equals hold the same.

A pure function of both trees and the base, as `plan` is for a mirror. Every branch stands under the
invariant that makes it safe. The words of the table of cases in docs/architecture.md are the words
here.

What a side holds counts as unchanged only if it is, by kind, size, time and id, what the base says
that this side held; a side's times are never compared with another side's clock but by a conflict
policy that a person chose. What changed on one side only is carried over. What changed on both is
one version if the content is, else a conflict.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from .base import BaseEntry, Version
from .conflict import winner_of
from .conflicts import Choice
from .delta import VANISHED, Obstacle, Row
from .endpoint import ROOT, Entry, Kind, RelPath
from .moments import is_rounding, rounded
from .names import below, conflict_copy, name_of
from .operation import (
    Ask,
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
from .plan import left_alone
from .settings import ConflictPolicy
from .side import Side
from .spelling import too_long
from .whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .plan import Policy

_COPIES: Final = 99
"""How many conflict copies of one file, one side and one second are told apart."""
_SIDES: Final = {Choice.SOURCE: Side.SOURCE, Choice.TARGET: Side.TARGET, Choice.BOTH: None}
_SIDE_NAMES: Final = {Side.SOURCE: "this", Side.TARGET: "that"}


class _Fate(Enum):
    """What happens to a folder, and so to what is in it."""

    STAYS = "stays"
    GOES = "goes"  # one side deleted it; on the other it goes when all in it does
    UNTOUCHED = "untouched"  # nothing in it is looked at


@dataclass(slots=True)
class _Frame:
    """A folder whose contents are being planned."""

    path: RelPath
    fate: _Fate
    on: Side = Side.TARGET
    """Of a folder that goes: the side that still has it."""
    entry: Entry | None = None
    clear: bool = False
    then: tuple[Operation, ...] = ()
    """What follows once the folder is gone."""
    otherwise: tuple[Operation, ...] = ()
    """What is done instead where it stays."""
    whole: bool = True
    """Everything in it goes."""
    carries: bool = False
    """Something in it goes to the side that deleted the folder."""
    files: int = 0
    children: int = 0
    inside: list[Operation] = field(default_factory=list)


type _Decision = tuple[tuple[Operation, ...], _Frame | None]


class _Change(Enum):
    """What became of a file on a side since the base."""

    NONE = "none"
    RENUMBERED = "renumbered"  # another id alone: a copy in its place, or a restored disk
    EDITED = "edited"


def plan_two_way(rows: Iterable[Row], policy: Policy) -> Iterator[Operation]:
    """Yield what is to be done, in the order of the tree; `rows` as for `plan`."""
    return _TwoWay(policy).operations(rows)


class _TwoWay:
    """One pass over the rows."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._frames: list[_Frame] = []
        self._whereabouts = {side: Whereabouts() for side in Side}
        self._base = Whereabouts()
        self._given: set[RelPath] = set()
        """Names of conflict copies of this plan."""

    def operations(self, rows: Iterable[Row]) -> Iterator[Operation]:
        for row in rows:
            while self._frames and not below(row.path, self._frames[-1].path):
                yield from self._leave()
            parent = self._frames[-1] if self._frames else _Frame(ROOT, _Fate.STAYS)
            operations, frame = self._decide(row, parent)
            yield from self._emit(operations)
            if frame is not None:
                if frame.fate is _Fate.UNTOUCHED:
                    parent.whole = False
                self._frames.append(frame)
        while self._frames:
            yield from self._leave()

    def _emit(self, operations: Iterable[Operation]) -> Iterator[Operation]:
        """Hold operations back inside a folder that may go as a whole; let all others out."""
        frame = next((each for each in reversed(self._frames) if each.fate is _Fate.GOES), None)
        if frame is None:
            yield from operations
            return
        for operation in operations:
            frame.inside.append(operation)
            match operation:
                case Trash() | RemoveFolder() if operation.on is frame.on:
                    frame.files += operation.files if isinstance(operation, Trash) else 0
                    frame.children += 1
                case MakeFolder() | Place() | Move():
                    frame.whole = False
                    frame.carries = frame.carries or operation.on is not frame.on
                case Forget():
                    pass
                case _:
                    frame.whole = False

    def _leave(self) -> Iterator[Operation]:
        frame = self._frames.pop()
        if frame.fate is not _Fate.GOES or frame.entry is None:
            return
        if frame.whole:
            # Every path in it is known on both sides and unchanged where it still is, and the other
            # side has none of them.
            leave: Operation = (
                Trash(frame.path, frame.entry, frame.files, frame.clear, frame.on)
                if frame.children
                else RemoveFolder(frame.path, frame.entry, frame.clear, frame.on)
            )
            yield from self._emit((leave, *frame.then))
            return
        # Something in it was edited, is new or is unknown: the folder stays with it, and what was
        # deleted besides goes alone.
        if self._frames:
            self._frames[-1].whole = False
        first = frame.otherwise
        if len(first) == 1:
            # It waits for a person, or for a name: nothing can follow to where the file still is.
            yield from self._emit(first)
            return
        if not first and frame.carries:
            first = (MakeFolder(frame.path, frame.entry, frame.on.other),)
        inside = map(self._not_in_the_way, frame.inside) if frame.clear else frame.inside
        yield from self._emit((*first, *inside))

    def _not_in_the_way(self, operation: Operation) -> Operation:
        """Return the operation for when the folder around it stays, so that it clears no way."""
        if isinstance(operation, Trash | RemoveFolder):
            there = self._there(operation.on, operation.target, clear=False)
            return replace(operation, target=there, clear=False)
        return operation

    def _decide(self, row: Row, parent: _Frame) -> _Decision:
        if parent.fate is _Fate.UNTOUCHED:
            return (), _Frame(row.path, _Fate.UNTOUCHED)
        if row.out_of_view:
            return left_alone(row), _Frame(row.path, _Fate.UNTOUCHED)
        for obstacle in (row.source_unlisted, row.target_unlisted, row.refused):
            if obstacle is not None:
                # What is there is unknown on one side, or cannot be on it: nothing may be deleted,
                # replaced or taken for new.
                return (_tell(row.path, obstacle),), _Frame(row.path, _Fate.UNTOUCHED)
        source, target = row.source, row.target
        if source is None and target is None:
            # Neither side has it: there is nothing to lose, and nothing to remember.
            return ((Forget(self._base.now(row.base_at or row.path)),) if row.base else ()), None
        if Kind.OTHER in {entry.kind for entry in (source, target) if entry is not None}:
            return _not_carried(row)
        if source is None or target is None:
            side = Side.TARGET if source is None else Side.SOURCE
            return self._on_one_side(row, side, parent)
        return self._on_both(row, source, target)

    def _on_one_side(self, row: Row, side: Side, parent: _Frame) -> _Decision:
        """Decide about a path that one side has, and the other was proved not to have."""
        entry, base = row.on(side), row.base
        if entry is None:
            raise ValueError("no side holds the path")
        if base is None or base.doubted or self._edited(base, side, entry):
            # New or edited here, or it was out of view. Whether the other side never had it or has
            # deleted it: an edit beats a deletion, and there is nothing to lose on the other side.
            return self._carry(row, side, entry, None)
        if entry.kind is Kind.FOLDER:
            # Both had it and the other side deleted it. It goes when all in it does.
            there = self._there(side, entry, clear=parent.clear)
            whole = not row.holds_hidden
            return (), _Frame(row.path, _Fate.GOES, side, there, parent.clear, whole=whole)
        # Both had this very version and the other side deleted it; trash keeps it.
        there = self._there(side, entry, clear=parent.clear)
        return (Trash(row.path, there, 1, parent.clear, side),), None

    def _there(self, side: Side, entry: Entry, *, clear: bool) -> Entry:
        """Return the entry at the place that it has when it is taken away.

        What clears the way goes before anything is renamed, all else after that.
        """
        if clear:
            return entry
        return replace(entry, path=self._whereabouts[side].now(entry.path))

    def _on_both(self, row: Row, source: Entry, target: Entry) -> _Decision:
        if source.kind is not target.kind:
            operations, frame = self._kinds_differ(row, source, target)
            if frame.fate is not _Fate.UNTOUCHED:
                # What becomes known under the new spelling must not stay known under the old one.
                operations = (*self._base_follows(row), *operations)
            return operations, frame
        if (why := self._refused(row.path)) is not None and self._follow(row, peek=True):
            # One side was given a name that the other cannot hold: both keep the name they have.
            return (why,), _Frame(row.path, _Fate.UNTOUCHED)
        moves = self._follow(row)
        # Until both have it at the row's path the base must not say so: what the base knows and a
        # side does not hold is a deletion.
        in_place = source.path == target.path == row.path
        if source.kind is Kind.FOLDER:
            # A folder has no content of its own; what is in it is decided path by path.
            known = (_record(row.path, source, target),) if in_place else ()
            return (*moves, *known), _Frame(row.path, _Fate.STAYS)
        operations = self._files(row, source, target)
        if not in_place:
            operations = tuple(op for op in operations if not isinstance(op, Record))
        return (*moves, *operations), None

    def _follow(self, row: Row, *, peek: bool = False) -> tuple[Operation, ...]:
        """Bring each side's entry to the row's path, with one rename and without content."""
        moves: list[Operation] = []
        base_at = None if row.base is None else self._base.now(row.base_at or row.path)
        for side in Side:
            entry = row.on(side)
            if entry is None or (at := self._whereabouts[side].now(entry.path)) == row.path:
                continue
            moves.append(Move(row.path, replace(entry, path=at), base_at, side))
            if not peek and entry.kind is Kind.FOLDER:
                self._whereabouts[side].moved(entry.path, row.path)
        if not moves:
            return () if peek else self._base_follows(row)
        if not peek and row.base is not None and row.base.kind is Kind.FOLDER:
            self._base.moved(row.base_at or row.path, row.path)
        return tuple(moves)

    def _base_follows(self, row: Row) -> tuple[Operation, ...]:
        """Know under the row's path what the base knows under another one."""
        if row.base is None:
            return ()
        base_at = self._base.now(row.base_at or row.path)
        if base_at == row.path:
            return ()
        if row.base.kind is Kind.FOLDER:
            self._base.moved(row.base_at or row.path, row.path)
        return (MoveBase(row.path, base_at),)

    def _files(self, row: Row, source: Entry, target: Entry) -> tuple[Operation, ...]:
        """Decide about a file that both sides have."""
        base = row.base
        changes = {
            side: _Change.EDITED if base is None else self._changed(base, side, entry)
            for side, entry in ((Side.SOURCE, source), (Side.TARGET, target))
        }
        if set(changes.values()) == {_Change.NONE}:
            return (_record(row.path, source, target),)
        if _Change.EDITED not in changes.values():
            # Size and time are what they were, so it is most likely the same file; whether it is,
            # its content tells.
            edited = [side for side, change in changes.items() if change is not _Change.NONE]
            return self._by_content(row, source, target, edited)
        if changes[Side.TARGET] is not _Change.EDITED:
            # Only the source's changed: its version is the newer one, and trash keeps the other.
            return self._replace(row.path, Side.SOURCE, source, target)
        if changes[Side.SOURCE] is not _Change.EDITED:
            return self._replace(row.path, Side.TARGET, target, source)
        if source.size != target.size:
            return self._conflict(row.path, source, target)
        step = self._policy.modified_step
        if rounded(source.modified, step) == rounded(target.modified, step) or is_rounding(
            target.modified, source.modified
        ):
            # The same size and time: one version, carried over by another way or before a crash.
            return (_record(row.path, source, target),)
        return self._by_content(row, source, target, list(Side))

    def _by_content(
        self, row: Row, source: Entry, target: Entry, edited: list[Side]
    ) -> tuple[Operation, ...]:
        if row.same_content is None:
            if not (self._policy.at_rest(source) and self._policy.at_rest(target)):
                return (Defer(row.path),)
            return (
                Compare(row.path, replace(source, path=row.path), replace(target, path=row.path)),
            )
        if row.same_content:
            # One content is no conflict, whatever the times say.
            return (_record(row.path, source, target),)
        if edited == [Side.SOURCE]:
            return self._replace(row.path, Side.SOURCE, source, target)
        if edited == [Side.TARGET]:
            return self._replace(row.path, Side.TARGET, target, source)
        return self._conflict(row.path, source, target)

    def _replace(
        self, path: RelPath, side: Side, entry: Entry, loser: Entry
    ) -> tuple[Operation, ...]:
        """Carry a side's version over the other side's, which goes to trash."""
        if not self._policy.at_rest(entry):
            return (Defer(path),)
        at = replace(entry, path=path)
        return (Place(path, at, replace(loser, path=path), side.other),)

    def _conflict(self, path: RelPath, source: Entry, target: Entry) -> tuple[Operation, ...]:
        """Decide about two versions that both came after the base."""
        policy = self._policy
        asks = policy.conflicts is ConflictPolicy.ASK
        choice = policy.decided(path, source, target) if asks else None
        if asks and choice is None:
            return (Ask(path, source, target),)
        if not (policy.at_rest(source) and policy.at_rest(target)):
            return (Defer(path),)
        entries = {Side.SOURCE: source, Side.TARGET: target}
        winner = (
            winner_of(policy.conflicts, source, target, policy.modified_step)
            if choice is None
            else _SIDES[choice]
        )
        if winner is not None:
            return self._replace(path, winner, entries[winner], entries[winner.other])
        # Nobody can tell which one is meant: both stay, and the newer one has the name.
        loser = (
            winner_of(ConflictPolicy.NEWER, source, target, policy.modified_step)
            or winner_of(ConflictPolicy.LARGER, source, target, policy.modified_step)
            or Side.SOURCE
        ).other
        aside = self._set_aside(path, loser, entries[loser])
        if isinstance(aside[0], Report):
            return aside
        winning = replace(entries[loser.other], path=path)
        return (aside[0], Place(path, winning, None, loser), *aside[1:])

    def _set_aside(self, path: RelPath, side: Side, entry: Entry) -> tuple[Operation, ...]:
        """Give a side's file a name beside its own, on both sides."""
        for number in range(1, _COPIES + 1):
            aside = conflict_copy(path, entry.modified, _SIDE_NAMES[side], number)
            if aside not in self._given and not self._policy.taken(aside):
                self._given.add(aside)
                at = replace(entry, path=path)
                return (
                    SetAside(path, at, aside, side),
                    Place(aside, replace(entry, path=aside), None, side.other),
                )
        return (Report(path, "conflict", "There are too many conflict copies beside it"),)

    def _kinds_differ(
        self, row: Row, source: Entry, target: Entry
    ) -> tuple[tuple[Operation, ...], _Frame]:
        """Decide about a file on one side where the other has a folder."""
        file_side = Side.SOURCE if source.kind is Kind.FILE else Side.TARGET
        file, folder = (source, target) if file_side is Side.SOURCE else (target, source)
        base, path = row.base, row.path
        stays = _Frame(path, _Fate.STAYS)
        was_file = base is not None and base.kind is Kind.FILE
        if base is not None and was_file and not self._edited(base, file_side, file):
            # Only the folder is new: it takes the place, and trash keeps the file.
            return (
                Trash(path, file, 1, clear=True, on=file_side),
                MakeFolder(path, folder, file_side),
            ), stays
        if not self._policy.at_rest(file):
            return (Defer(path),), _Frame(path, _Fate.UNTOUCHED)
        asks = self._policy.conflicts is ConflictPolicy.ASK
        choice = self._policy.decided(path, source, target) if asks else None
        if choice is not None and _SIDES[choice] is file_side.other:
            # A person wants the folder; trash keeps the file.
            return (
                Trash(path, file, 1, clear=True, on=file_side),
                MakeFolder(path, folder, file_side),
            ), stays
        if asks and choice is None:
            keep_both: tuple[Operation, ...] = (Ask(path, source, target),)
        else:
            # Also where a person wants the file: what is new in the folder was not asked about.
            keep_both = self._set_aside(path, file_side, file)
            if not isinstance(keep_both[0], Report):
                make = MakeFolder(path, folder, file_side)
                keep_both = (keep_both[0], make, *keep_both[1:])
        if base is not None and base.kind is Kind.FOLDER:
            # Only the file is new: it takes the place of the folder if all in that is unchanged.
            place = Place(path, replace(file, path=path), None, file_side.other)
            return (), _Frame(
                path,
                _Fate.GOES,
                file_side.other,
                folder,
                clear=True,
                then=(place,),
                otherwise=keep_both,
                whole=not row.holds_hidden,
            )
        # Both are new or edited: both stay. The folder has the name, because what is in it would
        # have to follow it.
        if len(keep_both) == 1:
            return keep_both, _Frame(path, _Fate.UNTOUCHED)
        return keep_both, stays

    def _carry(self, row: Row, side: Side, entry: Entry, expected: Entry | None) -> _Decision:
        """Carry over what the other side has nothing of."""
        if (why := self._refused(row.path, side.other)) is not None:
            return (why,), _Frame(row.path, _Fate.UNTOUCHED)
        at = replace(entry, path=row.path)
        if entry.kind is Kind.FOLDER:
            return (MakeFolder(row.path, at, side.other),), _Frame(row.path, _Fate.STAYS)
        if not self._policy.at_rest(entry):
            return (Defer(row.path),), _Frame(row.path, _Fate.UNTOUCHED)
        return (Place(row.path, at, expected, side.other),), None

    def _refused(self, path: RelPath, side: Side | None = None) -> Report | None:
        if path == ROOT:
            return None
        for each in Side if side is None else (side,):
            if (why := too_long(name_of(path), self._policy.names_of(each))) is not None:
                return Report(path, "bad_name", why)
        return None

    def _edited(self, base: BaseEntry, side: Side, entry: Entry) -> bool:
        """Tell whether a side may hold another version than the base says."""
        return self._changed(base, side, entry) is not _Change.NONE

    def _changed(self, base: BaseEntry, side: Side, entry: Entry) -> _Change:
        known = base.on(side)
        if known is None or base.kind is not entry.kind:
            return _Change.EDITED
        if entry.kind is Kind.FOLDER:
            return _Change.NONE
        if known.size != entry.size or not is_rounding(entry.modified, known.modified):
            return _Change.EDITED
        if known.file_id and entry.file_id and known.file_id != entry.file_id:
            return _Change.RENUMBERED
        return _Change.NONE


def _not_carried(row: Row) -> _Decision:
    """Decide about a link or a special file. It is no content that could be carried over."""
    kinds = {entry.kind for entry in (row.source, row.target) if entry is not None}
    if kinds == {Kind.OTHER}:
        return ((Forget(row.base_at or row.path),) if row.base else ()), _untouched(row)
    # The other side has the user's content there: it stays.
    cause, detail = (
        ("in_the_way", "One side has a link or a special file there")
        if row.base is None
        else ("not_a_file", "It was a file or a folder and is a link or a special file now")
    )
    return (Report(row.path, cause, detail),), _untouched(row)


def _untouched(row: Row) -> _Frame:
    return _Frame(row.path, _Fate.UNTOUCHED)


def _record(path: RelPath, source: Entry, target: Entry) -> Record:
    return Record(BaseEntry(path, source.kind, Version.of(source), Version.of(target)))


def _tell(path: RelPath, obstacle: Obstacle) -> Operation:
    if obstacle.cause == VANISHED:
        return Defer(path)
    return Report(path, obstacle.cause, obstacle.detail)
