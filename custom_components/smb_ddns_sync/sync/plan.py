"""What must be done so that the target becomes like the source.

A pure function of both trees and the base.

Every branch stands under the invariant that makes it safe. The words of the table of cases in
docs/architecture.md are the words here.
"""

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from .base import BaseEntry, Version
from .delta import VANISHED, Obstacle, Row
from .endpoint import ROOT, Entry, Kind, NameRule, RelPath
from .moments import is_rounding, rounded
from .names import below, name_of
from .operation import (
    Defer,
    Forget,
    MakeFolder,
    Move,
    Operation,
    Place,
    Record,
    RemoveFolder,
    Report,
    Trash,
)
from .settings import ConflictPolicy
from .spelling import too_long
from .whereabouts import Whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .conflicts import Decided
    from .side import Side


@dataclass(frozen=True, slots=True)
class Policy:
    """What the plan must know besides the trees."""

    modified_step: int
    """ns; the coarser of both sides' steps."""
    names: NameRule
    """Which names the target can hold."""
    at_rest: Callable[[Entry], bool]
    """Whether a file is no longer being written."""
    source_names: NameRule = NameRule.POSIX
    """Which names the source can hold."""
    adds_only: bool = False
    """Nothing that the target has is taken away; only a newer version of the source replaces."""
    conflicts: ConflictPolicy = ConflictPolicy.KEEP_BOTH
    taken: Callable[[RelPath], bool] = lambda _path: False
    """Whether a side may have something at a path already; always the same for one plan."""
    decided: Decided = lambda _path, _source, _target: None
    """What a person decided about two versions; always the same for one plan."""

    def names_of(self, side: Side) -> NameRule:
        """Return which names a side can hold."""
        return self.source_names if side is side.SOURCE else self.names


class _Fate(Enum):
    """What happens to a folder of the target, and so to what is in it."""

    STAYS = "stays"
    GOES = "goes"  # the source has no such folder; it goes when all in it does
    UNTOUCHED = "untouched"  # nothing in it is looked at


@dataclass(slots=True)
class _Frame:
    """A folder whose contents are being planned."""

    path: RelPath
    fate: _Fate
    known: bool = True
    """The base has listed the folder on the target before.

    What is new in it came after the first sync.
    """
    target: Entry | None = None
    clear: bool = False
    then: tuple[Operation, ...] = ()
    """What follows once the folder is gone."""
    met: bool = True
    """The base knows the folder."""
    whole: bool = True
    """Everything in it goes."""
    files: int = 0
    children: int = 0
    inside: list[Operation] = field(default_factory=list)


_ABOVE_ALL: Final = _Frame(ROOT, _Fate.STAYS)


def plan(rows: Iterable[Row], policy: Policy) -> Iterator[Operation]:
    """Yield what is to be done, in the order of the tree.

    A folder is made before what goes into it.

    `rows` are the paths where a side differs from the base, in the order of the tree. What is below
    a folder that is gone on a side must be among them, all of it, because a folder goes as a whole
    only where every path in it may go.
    """
    frames: list[_Frame] = []
    follower = _Follower()
    for row in rows:
        while frames and not below(row.path, frames[-1].path):
            yield from _leave(frames)
        parent = frames[-1] if frames else _ABOVE_ALL
        operations, frame = _decide(row, parent, policy)
        if not row.out_of_view and parent.fate is not _Fate.UNTOUCHED:
            # What was moved to where nothing is looked at cannot be followed there.
            operations, frame = follower.follow(row, (operations, frame))
        yield from _emit((*_remember_as_kept(row, parent, operations), *operations), frames)
        if frame is not None:
            frames.append(frame)
    while frames:
        yield from _leave(frames)


def _remember_as_kept(
    row: Row, parent: _Frame, operations: tuple[Operation, ...]
) -> tuple[Operation, ...]:
    """Remember what the target had before the first sync, before anything else comes of the path.

    Without it, what is left alone now or fails now would be taken for new on the target later.
    """
    if (
        row.target is None
        or row.base is not None
        or parent.known
        or parent.fate is _Fate.UNTOUCHED
        or any(isinstance(operation, Record) for operation in operations)
    ):
        return ()
    return (_keep(row.target, row),)


def _emit(operations: Iterable[Operation], frames: list[_Frame]) -> Iterator[Operation]:
    """Hold operations back inside a folder that may go as a whole; let all others out."""
    if frames and frames[-1].fate is _Fate.GOES:
        frame = frames[-1]
        for operation in operations:
            frame.inside.append(operation)
            if isinstance(operation, Trash):
                frame.files += operation.files
                frame.children += 1
            elif isinstance(operation, RemoveFolder):
                frame.children += 1
    else:
        yield from operations


def _leave(frames: list[_Frame]) -> Iterator[Operation]:
    frame = frames.pop()
    if frame.fate is not _Fate.GOES or frame.target is None:
        return
    if not frame.whole:
        # Something in it stays: what must go, goes alone, and the folder stays with the rest.
        if frames:
            frames[-1].whole = False
        kept: tuple[Operation, ...] = ()
        if not frame.met and any(isinstance(op, Record) and op.entry.kept for op in frame.inside):
            # What was left alone in it is the target's own from now on, and the folder with it.
            own = BaseEntry(frame.path, Kind.FOLDER, None, Version.of(frame.target))
            kept = (Record(own),)
        blocked = tuple(
            Report(
                after.path, "in_the_way", "The target has a folder there that holds its own files"
            )
            for after in frame.then
            if isinstance(after, Place)
        )
        yield from _emit((*frame.inside, *kept, *blocked), frames)
        return
    # Every path in it is known, none of them is the target's own, and the source has none of them.
    leave: Operation = (
        Trash(frame.path, frame.target, frame.files, frame.clear)
        if frame.children
        else RemoveFolder(frame.path, frame.target, frame.clear)
    )
    yield from _emit((leave, *frame.then), frames)


type _Decision = tuple[tuple[Operation, ...], _Frame | None]

_NOTHING: Final[_Decision] = ((), None)


class _Follower:
    """Lets the target follow what the source moved, with one rename and without content."""

    def __init__(self) -> None:
        self._target = Whereabouts()
        self._base = Whereabouts()

    def follow(self, row: Row, decision: _Decision) -> _Decision:
        """Return what was decided as if the target had it at the row's path, and the rename."""
        operations, frame = decision
        base_at = row.base_at or row.path
        if row.target is None:
            return tuple(
                Forget(base_at) if isinstance(op, Forget) else op for op in operations
            ), frame
        at = self._target.now(row.target.path)
        if row.base_at is None and at == row.target.path:
            return decision
        operations = tuple(_late(op, at) for op in operations if not isinstance(op, Record))
        # Until the target has it at the row's path the base must not say so: what the base knows
        # and the source does not hold is a deletion.
        if frame is not None and frame.fate is _Fate.GOES and not frame.clear:
            frame.target = replace(row.target, path=at)
        stays_there = row.source is None or row.source.kind is not row.target.kind
        if stays_there or at == row.path or any(isinstance(op, Report) for op in operations):
            return operations, frame
        move = Move(row.path, replace(row.target, path=at), self._base.now(base_at))
        if row.target.kind is Kind.FOLDER:
            self._target.moved(row.target.path, row.path)
            self._base.moved(base_at, row.path)
        return (move, *operations), frame


def _late(operation: Operation, at: RelPath) -> Operation:
    """Return a removal at the place where it finds things after the renames."""
    if isinstance(operation, Trash | RemoveFolder) and not operation.clear:
        return replace(operation, target=replace(operation.target, path=at))
    return operation


def _decide(row: Row, parent: _Frame, policy: Policy) -> _Decision:
    if parent.fate is _Fate.UNTOUCHED:
        return ((), _Frame(row.path, _Fate.UNTOUCHED))
    if parent.fate is _Fate.GOES and not _goes(row, parent):
        # The folder cannot go as a whole, so no ancestor can.
        parent.whole = False
    if row.out_of_view:
        return left_alone(row), _Frame(row.path, _Fate.UNTOUCHED)
    for obstacle in (row.source_unlisted, row.target_unlisted):
        if obstacle is not None:
            # What is in the folder is unknown on one side: nothing in it may be deleted, replaced
            # or taken for new.
            return ((_tell(row.path, obstacle),), _Frame(row.path, _Fate.UNTOUCHED))
    if row.source is None:
        return _without_source(row, parent, policy)
    return _with_source(row, row.source, parent, policy)


def _with_source(row: Row, source: Entry, parent: _Frame, policy: Policy) -> _Decision:
    """Decide about a path that the source has."""
    if row.refused is not None:
        return ((_tell(row.path, row.refused),), _Frame(row.path, _Fate.UNTOUCHED))
    if source.kind is Kind.OTHER:
        return _not_carried(row)
    if row.path != ROOT and (why := too_long(name_of(row.path), policy.names)) is not None:
        return ((Report(row.path, "bad_name", why),), _Frame(row.path, _Fate.UNTOUCHED))
    if row.target is not None and row.target.kind is Kind.OTHER:
        return (
            (Report(row.path, "in_the_way", "The target has a link or a special file there"),),
            _Frame(row.path, _Fate.UNTOUCHED),
        )
    if source.kind is Kind.FOLDER:
        return _folder(row, source, policy)
    return _file(row, source, parent, policy)


def _goes(row: Row, parent: _Frame) -> bool:
    """Tell whether what the target holds here may go together with the folder that it is in."""
    if row.source_unlisted or row.target_unlisted or row.source is not None or row.out_of_view:
        return False
    if row.target is None:
        return True
    if row.target.kind is Kind.OTHER:
        return False
    return not _is_own(row, parent)


def _is_own(row: Row, parent: _Frame) -> bool:
    """Tell whether the target may have had it, or its place, before the two first met."""
    if row.base is None:
        return not parent.known
    return row.base.kept or row.base.doubted


def left_alone(row: Row) -> tuple[Operation, ...]:
    """Decide about a path that the filters say to leave alone: only the base changes.

    From now on nothing that becomes of it out of view proves a deletion.
    """
    base = row.base
    if base is None:
        # The target's own, however it comes into view again.
        return (_keep(row.target, row),) if row.target is not None else ()
    if base.kept:
        return ()
    if row.source is None or row.target is None or row.base_at is not None:
        return (Forget(row.base_at or row.path),)
    return () if base.doubted else (Record(replace(base, doubted=True)),)


def _without_source(row: Row, parent: _Frame, policy: Policy) -> _Decision:
    """Decide about a path that the source was proved not to have."""
    target, base = row.target, row.base
    if target is None:
        # Neither side has it: there is nothing to lose, and nothing to remember.
        return ((Forget(row.path),) if base is not None else (), None)
    if target.kind is Kind.OTHER:
        # The engine never placed it, so it is not the engine's to remove.
        return ((), _Frame(row.path, _Fate.UNTOUCHED))
    if (base is None or base.kept) and _is_own(row, parent):
        # It was on the target when the two first met: nobody ever deleted it on the source, so it
        # stays.
        return ((_keep(target, row),), _Frame(row.path, _Fate.UNTOUCHED))
    if policy.adds_only or _is_own(row, parent):
        # Both had it, or it came to the target later; and either nothing is taken away, or it was
        # out of view meanwhile. Whatever became of it on the source, it stays as the target's own,
        # with all that is in it.
        return (
            (Forget(row.path), _keep(target, row)),
            _Frame(row.path, _Fate.UNTOUCHED),
        )
    if target.kind is Kind.FOLDER:
        # Synced before and gone from the source, or new on the target after the first sync. It goes
        # when all in it does.
        clear = row.clear_first or parent.clear
        whole = not row.holds_hidden
        met = base is not None
        return ((), _Frame(row.path, _Fate.GOES, True, target, clear, met=met, whole=whole))
    # As above, for a file. If it was edited on the target, the edit is what trash keeps.
    return ((Trash(row.path, target, 1, row.clear_first or parent.clear),), None)


def _not_carried(row: Row) -> _Decision:
    """Decide about a link or a special file of the source. The target keeps what it has.

    The user's content was there.
    """
    if row.base is not None and not row.base.kept and row.target is not None:
        report = Report(
            row.path,
            "not_a_file",
            "It was a file or a folder and is a link or a special file now",
        )
        return ((report,), _Frame(row.path, _Fate.UNTOUCHED))
    return ((), _Frame(row.path, _Fate.UNTOUCHED))


def _folder(row: Row, source: Entry, policy: Policy) -> _Decision:
    target, base = row.target, row.base
    if target is None:
        # There is nothing to lose.
        return ((MakeFolder(row.path, source),), _Frame(row.path, _Fate.STAYS))
    if target.kind is Kind.FILE and policy.adds_only:
        return _in_the_way(row, "The target has a file there")
    if target.kind is Kind.FILE:
        # The source's kind wins; the file's content lives on in trash.
        return (
            (Trash(row.path, target, 1, clear=True), MakeFolder(row.path, source)),
            _Frame(row.path, _Fate.STAYS),
        )
    known = base is not None and base.kind is Kind.FOLDER and not (base.kept or base.doubted)
    # Both have it. Where the base did not know so, what else the target holds in it was there
    # before the two met.
    return ((_record(row.path, source, target),), _Frame(row.path, _Fate.STAYS, known))


def _file(row: Row, source: Entry, parent: _Frame, policy: Policy) -> _Decision:
    target, base = row.target, row.base
    if target is not None and target.kind is Kind.FILE:
        if _agree(source, target, base, policy):
            # The same content stands on both sides already.
            return ((_record(row.path, source, target),), None)
        if policy.adds_only and _source_is_old(source, base):
            # Somebody edited the copy, and there is nothing newer to replace the edit.
            return _NOTHING
        if not policy.at_rest(source):
            return ((Defer(row.path),), None)
        # The source's version wins; the target's lives on in trash.
        return ((Place(row.path, source, target),), None)
    if not policy.at_rest(source):
        return ((Defer(row.path),), _Frame(row.path, _Fate.UNTOUCHED))
    if target is None:
        # There is nothing to lose.
        return ((Place(row.path, source, None),), None)
    place = Place(row.path, source, None)
    if policy.adds_only or _is_own(row, parent):
        # The folder was on the target before the first sync: it stays, so there is no room for the
        # file.
        return _in_the_way(row, "The target has a folder there that is its own")
    # The source's kind wins, once all in the folder may go.
    whole = not row.holds_hidden
    gone = _Frame(row.path, _Fate.GOES, target=target, clear=True, then=(place,), whole=whole)
    return (), gone


def _in_the_way(row: Row, detail: str) -> _Decision:
    return ((Report(row.path, "in_the_way", detail),), _Frame(row.path, _Fate.UNTOUCHED))


def _source_is_old(source: Entry, base: BaseEntry | None) -> bool:
    """Tell whether the source holds the version that was carried over before."""
    return (
        base is not None
        and base.source is not None
        and base.kind is Kind.FILE
        and _is(base.source, source)
    )


def _agree(source: Entry, target: Entry, base: BaseEntry | None, policy: Policy) -> bool:
    """Tell whether both files are one version: as the base says, or by size and time."""
    if base is not None and base.source is not None and base.kind is Kind.FILE:
        source_unchanged = _is(base.source, source)
        target_unchanged = base.target.size == target.size and is_rounding(
            target.modified, base.target.modified
        )
        if source_unchanged and target_unchanged:
            # On the target another file id alone is no change: a server may number its files anew.
            return True
        if target_unchanged and _same_id(base.target, target):
            # The target still holds the old version. That size and time are those of the new one
            # proves nothing.
            return False
    step = policy.modified_step
    return source.size == target.size and (
        rounded(source.modified, step) == rounded(target.modified, step)
        or is_rounding(target.modified, source.modified)
    )


def _is(version: Version, entry: Entry) -> bool:
    return version[:2] == (entry.size, entry.modified) and _same_id(version, entry)


def _same_id(version: Version, entry: Entry) -> bool:
    return not version.file_id or not entry.file_id or version.file_id == entry.file_id


def _record(path: RelPath, source: Entry, target: Entry) -> Record:
    return Record(BaseEntry(path, source.kind, Version.of(source), Version.of(target)))


def _keep(target: Entry, row: Row) -> Record:
    return Record(BaseEntry(row.path, target.kind, None, Version.of(target)))


def _tell(path: RelPath, obstacle: Obstacle) -> Operation:
    if obstacle.cause == VANISHED:
        return Defer(path)
    return Report(path, obstacle.cause, obstacle.detail)
