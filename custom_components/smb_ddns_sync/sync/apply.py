"""Carries a plan out. The only module that changes a side.

The order is: what stands in the way, folders and renames (in the order of the tree, so that every
place is there before something comes to it), files, then deletions.

The side is changed first and the base after it. What fails for one file is told and leaves the
others alone; what fails for a whole side ends the run, with all that was done remembered. Nothing
is deleted on the word of a scan alone: both roots are looked at again, and so is each path on the
other side.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from . import trash
from .base import BaseEntry, Version
from .carrying import Carried, carried
from .clock import Clock
from .conflicts import Conflicts
from .done import Done, Failure, Sides
from .endpoint import (
    ENDS_ALL,
    Cancelled,
    Changed,
    EndpointError,
    Entry,
    Kind,
    Missing,
    NoSpace,
    Placement,
    RelPath,
)
from .failing import version_of
from .in_use import IN_USE
from .leftovers import Fate, fate_of
from .names import below, display, join, parent, temporary_beside
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
from .side import Side
from .steps import Steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .brake import Brake
    from .endpoint import Content
    from .large import LargeFile, LargeFiles
    from .names import RunToken
    from .outlook import Plan
    from .status import Progress

_BATCH: Final = 200  # files between two commits of the base
_BATCH_SECONDS: Final = 2.0
_RESERVE: Final = 1 << 20  # bytes of the target that stay free


class Apply:
    """One plan, carried out once.

    `operations` may be asked for several times and yields the same each time.
    """

    def __init__(
        self,
        sides: Sides,
        operations: Callable[[], Iterator[Operation]],
        plan: Plan,
        run: RunToken,
        started: datetime,
        *,
        brake: Brake,
        progress: Callable[[Progress], None],
        prove_roots: Callable[[], None],
        large: LargeFiles,
        verify: bool = False,
        clock: Clock | None = None,
        flush: bool = False,
    ) -> None:
        """`prove_roots` raises where a root is not the folder that was scanned.

        `flush` says that what is new must be on the disk, too, before the base has it: a side that
        loses it with its power would be taken for one on which somebody deleted or edited it.
        """
        self.sides = sides
        self._operations = operations
        self._plan = plan
        self._run = run
        self._trash = trash.run_folder(started, run)
        self._brake = brake
        self._steps = Steps(plan, progress)
        self._prove_roots = prove_roots
        self._large = large
        self._verify = verify
        self._clock = clock or Clock()
        self._flush_all = flush
        self._recorded: list[BaseEntry] = []
        self._recorded_at = self._clock.monotonic()
        self._failed_folders: set[RelPath] = set()
        self._free: dict[Side, int | None] = dict.fromkeys(Side)
        self.done = Done()

    def carry_out(self, temporaries: Iterable[tuple[Side, Entry]]) -> None:
        """Carry out everything.

        Raises `EndpointError` where a whole side fails, or where it was cancelled.
        """
        try:
            self._remember()
            if self._plan.only_remembers:
                self._sweep(temporaries)
                return
            self._prove_roots()
            self._sweep(temporaries)
            self._take_away(clear=True)
            self._make_places()
            for side in (Side.TARGET, Side.SOURCE):
                self._place(side)
            if self._plan.files_trashed or self._plan.folders_removed:
                # Placing may have taken hours.
                self._prove_roots()
                self._take_away(clear=False)
        finally:
            self._flush()

    def _remember(self) -> None:
        """Bring the base up to what is true already, all at once.

        A folder and what is the target's own in it become known together, or a crash between them
        would let a later run take the latter for new.
        """
        conflicts = Conflicts(self.sides.state.connection)
        with self.sides.state.transaction():
            for operation in self._operations():
                match operation:
                    case Record(entry):
                        self.sides.base.record((entry,))
                    case Forget(path):
                        self.sides.base.forget(path)
                    case MoveBase(path, base_at):
                        self.sides.base.move(base_at, path)
                    case Defer(path) | Compare(path):
                        # What could not be compared changed meanwhile.
                        self.done.deferred.add(path)
                    case Ask():
                        now = self._clock.now()
                        self.done.conflicts += conflicts.note(operation, self._run, now)
                    case Report(path, cause, detail):
                        failure = Failure(path, cause, detail)
                        (self.done.rests if operation.rests else self.done.tell)(failure)
                    case _:
                        pass

    def _sweep(self, temporaries: Iterable[tuple[Side, Entry]]) -> None:
        for side, entry in self._large.unwanted(temporaries, self._operations):
            with self._one(entry.path):
                if fate_of(entry, self.sides.state, self._clock.now(), written=True) is Fate.TRASH:
                    self.sides.on(side).move(entry.path, join(self._trash, entry.path), entry)
                    self.done.files_trashed += 1
                else:
                    self.sides.on(side).delete_file(entry.path, entry)

    def _take_away(self, *, clear: bool) -> None:
        if not self._plan.removals:
            return
        for operation in self._operations():
            if isinstance(operation, Trash | RemoveFolder) and operation.clear is clear:
                self._steps.step(operation.path)
                with self._one(operation.path, version_of(operation)):
                    self._take_one_away(operation)

    def _take_one_away(self, operation: Trash | RemoveFolder) -> None:
        path, target = operation.path, operation.target
        side, other = self.sides.on(operation.on), self.sides.on(operation.on.other)
        found = other.look(path)
        if found is not None and found.kind is target.kind and found.path == path:
            raise Changed(display(path), "changed", "it is on the other side again")
        if isinstance(operation, RemoveFolder):
            side.remove_folder(target.path)
            self.done.folders_removed += 1
        else:
            side.move(target.path, join(self._trash, path), target)
            self.done.files_trashed += operation.files
            self.done.folders_removed += target.kind is Kind.FOLDER
        self.sides.base.forget(path)

    def _make_places(self) -> None:
        """Make folders, and give other paths to what only moved."""
        if not (self._plan.folders_made or self._plan.moved):
            return
        for operation in self._operations():
            if isinstance(operation, MakeFolder | Move | SetAside) and self._reachable(
                operation.path
            ):
                self._steps.step(operation.path)
                made = False
                with self._one(operation.path):
                    match operation:
                        case MakeFolder():
                            self._make_one(operation)
                        case Move():
                            self._move_one(operation)
                        case SetAside():
                            self._set_aside(operation)
                    made = True
                if not made and not isinstance(operation, SetAside):
                    self._failed_folders.add(operation.path)

    def _make_one(self, operation: MakeFolder) -> None:
        path, side = operation.path, operation.on
        self.sides.on(side).make_folder(path)
        self.done.folders_made += 1
        made, source = Version(0, 0, 0), Version.of(operation.source)
        self._record(BaseEntry.synced(path, Kind.FOLDER, side, made, source))

    def _move_one(self, operation: Move) -> None:
        path, side = operation.path, operation.on
        found = self.sides.on(side.other).look(path)
        if found is None or found.kind is not operation.entry.kind:
            raise Changed(display(path), "changed", "it was moved on once more")
        self.sides.on(side).move(operation.entry.path, path, operation.entry)
        self.done.moved += 1
        if operation.base_at is not None:
            # What was recorded so far may lie below it.
            self._flush()
            with self.sides.state.transaction():
                self.sides.base.move(operation.base_at, path)

    def _set_aside(self, operation: SetAside) -> None:
        self.sides.on(operation.on).move(operation.entry.path, operation.aside, operation.entry)
        self.done.moved += 1
        self.done.conflicts += 1

    def _place(self, on: Side) -> None:
        """Put in place what one side is to get, several files in flight."""
        under_way: dict[RelPath, tuple[Place, LargeFile | None]] = {}

        def placements() -> Iterator[Placement]:
            for operation in self._operations():
                if (
                    isinstance(operation, Place)
                    and operation.on is on
                    and self._may_place(operation)
                ):
                    temporary = temporary_beside(operation.path, self._run, self._clock.now())
                    large = self._large.begin(operation, temporary)
                    under_way[operation.path] = operation, large
                    yield self._placement(operation, temporary, large)

        on_source = self._plan.placed_on_source
        if not (on_source if on is Side.SOURCE else self._plan.files_placed - on_source):
            return
        for placement, result in self.sides.on(on).place(placements()):
            operation, large = under_way.pop(placement.path)
            self._steps.step(placement.path)
            if isinstance(result, Entry):
                self.done.files_copied += 1
                self.done.bytes_copied += placement.size
                versions = Version.of(result), Version.of(operation.source)
                blocks = None if large is None else large.placed()
                self._record(BaseEntry.synced(placement.path, Kind.FILE, on, *versions, blocks))
            else:
                if large is not None and large.failed(result):
                    self._make_room(on, placement.temporary)
                self._fail(placement.path, result, version_of(operation), on)
        self._stop_if_cancelled()

    def _make_room(self, on: Side, temporary: RelPath) -> None:
        """Delete a temporary that did not fit, for files that may."""
        side = self.sides.on(on)
        with self._one(temporary):
            if (left := side.look(temporary)) is not None:
                side.delete_file(temporary, left)

    def _may_place(self, operation: Place) -> bool:
        self._stop_if_cancelled()
        if not self._reachable(operation.path):
            return False
        # What a temporary holds takes its room already. What the server copies takes room, too.
        size = operation.source.size - self._large.there(operation)
        side = operation.on
        free = self._free[side]
        if free is None or free - size < _RESERVE:
            free = self.sides.on(side).free_space()
        self._free[side] = free
        if free - size < _RESERVE:
            self._steps.step(operation.path)
            detail = f"It needs {size} bytes and the side has {free} left"
            self.done.tell(Failure(operation.path, "full", detail, version_of(operation)))
            return False
        self._free[side] = free - size
        return True

    def _placement(
        self, operation: Place, temporary: RelPath, large: LargeFile | None
    ) -> Placement:
        source = operation.source
        return Placement(
            operation.path,
            temporary if large is None else large.temporary,
            lambda: self._opened(operation, source, large),
            source.size,
            source.modified,
            operation.expected,
            join(self._trash, operation.path) if operation.expected is not None else None,
            self._verify,
            None if large is None else large.checkpoints,
            None if large is None else large.resume,
            None if large is None else large.changed,
            self._flush_all,
            piece=self._brake.piece(),
        )

    @contextmanager
    def _opened(
        self, operation: Place, source: Entry, large: LargeFile | None
    ) -> Iterator[Content]:
        with carried(self.sides.on(operation.on.other), source.path, self._brake) as content:
            if not content.entry.same_version(source):
                raise Changed(display(source.path), "changed", "since the source was scanned")
            watched = content
            if large is not None:
                watched = large.watch(content, self._stop_if_cancelled)
            # What is only compared goes no further, and is not paid for twice.
            yield Carried(
                watched,
                self._brake,
                up=self.sides.on(operation.on).traits.remote,
                count=lambda length: self._steps.count(operation.path, length),
            )

    def _reachable(self, path: RelPath) -> bool:
        """Tell whether the path is not in a folder that could not be made."""
        if not self._failed_folders:
            return True
        blocked = any(below(path, folder) for folder in self._failed_folders)
        if blocked:
            detail = f"{display(parent(path))} could not be made"
            self.done.tell(Failure(path, "folder_failed", detail))
        return not blocked

    @contextmanager
    def _one(self, path: RelPath, version: str = "") -> Iterator[None]:
        """Let what fails for one path be told, and what fails for a side go on."""
        self._stop_if_cancelled()
        try:
            yield
        except EndpointError as error:
            self._fail(path, error, version)

    def _fail(
        self, path: RelPath, error: EndpointError, version: str, on: Side | None = None
    ) -> None:
        if isinstance(error, ENDS_ALL):
            raise error
        if isinstance(error, NoSpace) and on is not None:
            self._free[on] = None
        if isinstance(error, Changed | Missing):
            self.done.deferred.add(path)
            return
        failure = Failure(path, error.cause, str(error), version)
        if error.cause == IN_USE:
            self.done.in_use[path] = failure
        else:
            self.done.tell(failure)

    def _record(self, entry: BaseEntry) -> None:
        self._recorded.append(entry)
        late = self._clock.monotonic() - self._recorded_at > _BATCH_SECONDS
        if late or len(self._recorded) >= _BATCH:
            self._flush()

    def _flush(self) -> None:
        self._recorded_at = self._clock.monotonic()
        if self._recorded:
            with self.sides.state.transaction():
                self.sides.base.record(self._recorded)
            self._recorded = []

    def _stop_if_cancelled(self) -> None:
        if self._brake.step():
            raise Cancelled("run", "cancelled")
