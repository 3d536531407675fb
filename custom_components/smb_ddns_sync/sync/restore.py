"""Brings a version back: a copy of it takes its place again, and what is there goes to trash first.

So a restore is undone by another one, and the version itself stays in trash until it expires.
It keeps to the job's pace and takes the locks of both sides, as a run does.

It is written to the side from which the other one follows: the source, or in two-way mode the side
that lost it. In a mirror a file that came back on the target only would be gone with the next run.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from .brake import Brake
from .carrying import Carried, carried
from .endpoint import (
    ENDS_ALL,
    ROOT,
    Cancelled,
    Changed,
    EndpointError,
    Entry,
    FileError,
    Kind,
    Missing,
    Placement,
    RelPath,
)
from .endpoints.exclusive import ExclusiveEndpoint
from .lock import Lock
from .locks import Locks
from .marker import find_root
from .names import OWN_FOLDER, RunToken, checked, display, fold, join, parent, temporary_beside
from .settings import Mode
from .side import Side
from .status import FileProblem
from .trash import run_folder
from .versions import read_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .endpoint import Content, Endpoint
    from .run import Ears
    from .settings import JobSettings
    from .state import Roots, State

_SHOWN: Final = 100


@dataclass(slots=True)
class Restored:
    """What came back, and where."""

    side: Side
    path: RelPath
    files: int = 0
    size: int = 0
    """Bytes."""
    replaced: int = 0
    """Files and folders that were there; trash of that side has them now."""
    problems: list[FileProblem] = field(default_factory=list)
    """The first of them."""
    problem_count: int = 0

    def tell(self, path: RelPath, error: EndpointError) -> None:
        """Note what did not come back; raises what concerns the whole side."""
        if isinstance(error, ENDS_ALL):
            raise error
        self.problem_count += 1
        if len(self.problems) < _SHOWN:
            self.problems.append(FileProblem(path, error.cause, str(error)))


class Restore:
    """Brings one version back, between two runs of the job."""

    def __init__(
        self,
        settings: JobSettings,
        state: State,
        sides: Mapping[Side, Endpoint],
        ears: Ears,
    ) -> None:
        self._name = settings.name
        self._state = state
        self._sides = sides
        self._ears = ears
        self._two_way = settings.mode is Mode.TWO_WAY
        self._run = RunToken.new(ears.random)
        self._trash = run_folder(ears.clock.date(), self._run)
        self._brake = Brake(settings.pace, ears.clock, self._stopped)
        self._locks = Locks(())

    def carry_out(self, version: str, to: RelPath | None = None) -> Restored:
        """Bring a version (`KeptVersion.id`) back to where it was, or to another path.

        Raises `EndpointError`: `Missing` where the version is gone, `FileError` where the path
        cannot be, `Changed` where a root is not the one of the last run. A file of a folder that
        does not come back is told, and stops no other.
        """
        lost_by, at, path = read_id(version)
        path = _destination(path if to is None else to)
        self._locks = self._new_locks(self._proved_roots())
        entry = self._sides[lost_by].look(at)
        if entry is None:
            raise Missing(display(path), "no_such_version", "this version is not in trash any more")
        on = lost_by if self._two_way else Side.SOURCE
        restored = Restored(on, path)
        self._state.begin_run(self._run)
        try:
            if entry.kind is Kind.FOLDER:
                self._folder(lost_by, at, restored)
            else:
                self._files(lost_by, [(path, entry)], restored)
        finally:
            self._locks.release()
        return restored

    def _folder(self, lost_by: Side, at: RelPath, restored: Restored) -> None:
        for listing in self._sides[lost_by].walk(at):
            self._go_on()
            inside = listing.folder[len(at) + 1 :]
            path = join(restored.path, inside) if inside else restored.path
            try:
                if listing.error is not None:
                    raise listing.error
                self._make(path, restored)
            except EndpointError as error:
                restored.tell(path, error)
                continue
            files = [
                (RelPath(restored.path + entry.path[len(at) :]), entry)
                for entry in listing.entries
                if entry.kind is Kind.FILE
            ]
            self._files(lost_by, files, restored)

    def _make(self, path: RelPath, restored: Restored) -> None:
        side = self._on(restored)
        found = side.look(path)
        if found is not None and found.kind is not Kind.FOLDER:
            self._keep(path, found, restored)
        side.make_folder(path)

    def _files(self, lost_by: Side, files: list[tuple[RelPath, Entry]], restored: Restored) -> None:
        side = self._on(restored)
        replaces = set()

        def placements() -> Iterator[Placement]:
            for path, entry in files:
                self._go_on()
                try:
                    expected = self._make_room(path, restored)
                except EndpointError as error:
                    restored.tell(path, error)
                    continue
                if expected is not None:
                    replaces.add(path)
                yield self._placement(lost_by, restored.side, path, entry, expected)

        for placement, result in side.place(list(placements())):
            if isinstance(result, EndpointError):
                restored.tell(placement.path, result)
                continue
            restored.files += 1
            restored.size += placement.size
            restored.replaced += placement.path in replaces

    def _make_room(self, path: RelPath, restored: Restored) -> Entry | None:
        """Return the file that is to be replaced; what else is there goes to trash at once."""
        side = self._on(restored)
        found = side.look(path)
        if found is None:
            side.make_folder(parent(path))
        elif found.kind is Kind.FILE:
            return found
        else:
            self._keep(path, found, restored)
        return None

    def _keep(self, path: RelPath, found: Entry, restored: Restored) -> None:
        self._on(restored).move(found.path, join(self._trash, path), found)
        restored.replaced += 1

    def _placement(
        self, lost_by: Side, on: Side, path: RelPath, entry: Entry, expected: Entry | None
    ) -> Placement:
        return Placement(
            path,
            temporary_beside(path, self._run, self._ears.clock.now()),
            lambda: self._opened(lost_by, entry, on),
            entry.size,
            entry.modified,
            expected,
            join(self._trash, path) if expected is not None else None,
            piece=self._brake.piece(),
        )

    @contextmanager
    def _opened(self, side: Side, entry: Entry, on: Side) -> Iterator[Content]:
        with carried(self._sides[side], entry.path, self._brake) as content:
            if not content.entry.same_version(entry):
                raise Changed(display(entry.path), "changed", "since it was looked at")
            yield Carried(content, self._brake, up=self._sides[on].traits.remote)

    def _go_on(self) -> None:
        """Rest as the pace asks for; raises `Cancelled`."""
        if self._brake.step():
            raise Cancelled("run", "cancelled")

    def _stopped(self) -> bool:
        """Tell whether to stop; asked all the time, so that the locks show life meanwhile."""
        self._locks.show_life()
        return self._ears.cancelled()

    def _on(self, restored: Restored) -> Endpoint:
        return ExclusiveEndpoint(self._sides[restored.side], self._locks, self._ears.cancelled)

    def _new_locks(self, roots: Roots) -> Locks:
        """Return the locks of both sides: the target's is that of the pair.

        The other one is that of the side which is written on, or which runs write on, too.
        """
        ears = self._ears
        return Locks(
            (
                root,
                Lock(
                    self._sides[of],
                    self._state.id,
                    self._name,
                    self._run,
                    ears.clock,
                    ears.process,
                    of.name.lower(),
                ),
            )
            for of, root in ((Side.SOURCE, roots.source), (Side.TARGET, roots.target))
        )

    def _proved_roots(self) -> Roots:
        """Return the roots of the last run, if they are still there."""
        roots = self._state.roots
        source, target = self._sides[Side.SOURCE], self._sides[Side.TARGET]
        if (
            roots is None
            or not roots.source.same_root(source.identify())
            or not roots.target.same_root((found := find_root(target))[0])
            or found[1] != self._state.id
        ):
            raise Changed(
                "root",
                "foreign_target",
                "the two folders are not those of the last run; sync first",
            )
        return roots


def _destination(path: RelPath) -> RelPath:
    """Return a path below the root that is not the engine's own; else raise `FileError`."""
    path = checked(path)
    if path == ROOT or fold(path.partition("/")[0]) == fold(OWN_FOLDER):
        raise FileError(display(path), "bad_path", "nothing can be restored there")
    return path
