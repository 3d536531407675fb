"""Brings a version back: a copy of it takes its place again, and what is there goes to trash first.

So a restore is undone by another one, and the version itself stays in trash until it expires.

It is written to the side from which the other one follows: the source, or in two-way mode the side
that lost it. In a mirror a file that came back on the target only would be gone with the next run.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, override

from .endpoint import (
    ENDS_ALL,
    ROOT,
    Cancelled,
    Changed,
    Content,
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
from .marker import read_marker
from .names import OWN_FOLDER, RunToken, checked, display, fold, join, parent, temporary_beside
from .settings import Mode
from .side import Side
from .status import FileProblem
from .trash import run_folder
from .versions import read_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .endpoint import Endpoint
    from .run import Ears
    from .settings import JobSettings
    from .state import State

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
        self._state = state
        self._sides = sides
        self._ears = ears
        self._cancelled = ears.cancelled
        self._two_way = settings.mode is Mode.TWO_WAY
        self._run = RunToken.new(ears.random)
        self._trash = run_folder(ears.clock.date(), self._run)
        self._lock = Lock(
            sides[Side.TARGET], state.id, settings.name, self._run, ears.clock, ears.process
        )

    def carry_out(self, version: str, to: RelPath | None = None) -> Restored:
        """Bring a version (`KeptVersion.id`) back to where it was, or to another path.

        Raises `EndpointError`: `Missing` where the version is gone, `FileError` where the path
        cannot be, `Changed` where a root is not the one of the last run. A file of a folder that
        does not come back is told, and stops no other.
        """
        lost_by, at, path = read_id(version)
        path = _destination(path if to is None else to)
        self._prove_roots()
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
            self._lock.release()
        return restored

    def _folder(self, lost_by: Side, at: RelPath, restored: Restored) -> None:
        for listing in self._sides[lost_by].walk(at):
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
                self.go_on()
                try:
                    expected = self._make_room(path, restored)
                except EndpointError as error:
                    restored.tell(path, error)
                    continue
                if expected is not None:
                    replaces.add(path)
                yield self._placement(lost_by, path, entry, expected)

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
        self, lost_by: Side, path: RelPath, entry: Entry, expected: Entry | None
    ) -> Placement:
        return Placement(
            path,
            temporary_beside(path, self._run, self._ears.clock.now()),
            lambda: self._opened(lost_by, entry),
            entry.size,
            entry.modified,
            expected,
            join(self._trash, path) if expected is not None else None,
        )

    @contextmanager
    def _opened(self, side: Side, entry: Entry) -> Iterator[Content]:
        with self._sides[side].open(entry.path) as content:
            if not content.entry.same_version(entry):
                raise Changed(display(entry.path), "changed", "since it was looked at")
            yield _Alive(content, self)

    def go_on(self) -> None:
        """Show life to others; raises `Cancelled` between blocks."""
        if self._cancelled():
            raise Cancelled("run", "cancelled")
        if self._lock.held:
            self._lock.show_life()

    def _on(self, restored: Restored) -> Endpoint:
        return ExclusiveEndpoint(self._sides[restored.side], self._lock, self._cancelled)

    def _prove_roots(self) -> None:
        roots = self._state.roots
        source, target = self._sides[Side.SOURCE], self._sides[Side.TARGET]
        if (
            roots is None
            or not roots.source.same_root(source.identify())
            or not roots.target.same_root(target.identify())
            or read_marker(target) != self._state.id
        ):
            raise Changed(
                "root",
                "foreign_target",
                "the two folders are not those of the last run; sync first",
            )


class _Alive(Content):
    """Shows life while a file is read, and ends the reading when that is cancelled."""

    def __init__(self, content: Content, restore: Restore) -> None:
        self.entry = content.entry
        self._content = content
        self._restore = restore

    @override
    def read(self, offset: int, length: int) -> bytes:
        self._restore.go_on()
        return self._content.read(offset, length)

    @override
    def verify_unchanged(self) -> None:
        self._content.verify_unchanged()


def _destination(path: RelPath) -> RelPath:
    """Return a path below the root that is not the engine's own; else raise `FileError`."""
    path = checked(path)
    if path == ROOT or fold(path.partition("/")[0]) == fold(OWN_FOLDER):
        raise FileError(display(path), "bad_path", "nothing can be restored there")
    return path
