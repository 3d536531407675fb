"""Two sides of any kind on which a scenario is played, with every change of a run counted."""

from dataclasses import dataclass, field, replace
import os
import shutil
import time
from typing import TYPE_CHECKING, Protocol, Self, override

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    Endpoint,
    RelPath,
    everywhere,
)
from custom_components.smb_ddns_sync.sync.endpoints.wrapper import Wrapper
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER
from custom_components.smb_ddns_sync.sync.run import EVERYTHING, Orders, Outcome
from custom_components.smb_ddns_sync.sync.settings import Guards, Mode

from . import trees
from .pair import SETTINGS, run
from .trees import Clock, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoint import (
        EndpointError,
        Entry,
        Listing,
        Placement,
    )
    from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint
    from custom_components.smb_ddns_sync.sync.hints import Scope
    from custom_components.smb_ddns_sync.sync.settings import JobSettings
    from custom_components.smb_ddns_sync.sync.status import HoldReason


class Counted(Wrapper):
    """Any side, with what is changed on it written down: the step and the path."""

    def __init__(self, side: Endpoint) -> None:
        super().__init__(side)
        self.changes: list[tuple[str, str]] = []
        self.listed: list[str] = []

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        for listing in super().walk(under, enter):
            self.listed.append(listing.folder)
            yield listing

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        def noted() -> Iterator[Placement]:
            for placement in placements:
                self.changes.append(("place", placement.path))
                yield placement

        return super().place(noted())

    @override
    def make_folder(self, path: RelPath) -> None:
        self.changes.append(("make_folder", path))
        super().make_folder(path)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        self.changes.append(("move", target))
        super().move(source, target, expected)

    @override
    def remove_folder(self, path: RelPath) -> None:
        self.changes.append(("remove_folder", path))
        super().remove_folder(path)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        self.changes.append(("delete_file", path))
        super().delete_file(path, expected)

    def paths(self, kind: str) -> tuple[str, ...]:
        """Return the paths of one kind of change outside the engine's own folder."""
        return tuple(
            path for step, path in self.changes if step == kind and not path.startswith(OWN_FOLDER)
        )


class Actor(Protocol):
    """What a user can do on one side, and see."""

    def write(self, path: str, text: str, modified: int) -> None:
        """Write a file, in place where there is one."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file, or a folder with all in it."""
        ...

    def rename(self, path: str, to: str) -> None:
        """Give a file or folder another path."""
        ...

    def make(self, path: str) -> None:
        """Make a folder."""
        ...

    def modified(self, path: str) -> int:
        """Return when a file was modified, in ns since 1970."""
        ...

    def tree(self) -> Tree:
        """Return what is there, without what is the engine's own."""
        ...

    def trash(self) -> Tree:
        """Return what is in trash, of all runs together."""
        ...


class InMemory(Actor):
    """A side in memory."""

    def __init__(self, side: MemoryEndpoint) -> None:
        self._side = side

    @override
    def write(self, path: str, text: str, modified: int) -> None:
        trees.write(self._side, path, text, modified)

    @override
    def remove(self, path: str) -> None:
        trees.remove(self._side, path)

    @override
    def rename(self, path: str, to: str) -> None:
        trees.rename(self._side, path, to)

    @override
    def make(self, path: str) -> None:
        trees.make(self._side, path)

    @override
    def modified(self, path: str) -> int:
        return trees.node_at(self._side, path).modified

    @override
    def tree(self) -> Tree:
        return trees.tree(self._side)

    @override
    def trash(self) -> Tree:
        return trees.trash(self._side)


class OnDisk(Actor):
    """A folder of this machine: a side itself, or behind a share."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @override
    def write(self, path: str, text: str, modified: int) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, ns=(modified, modified))

    @override
    def remove(self, path: str) -> None:
        place = self._folder / path
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink()

    @override
    def rename(self, path: str, to: str) -> None:
        (self._folder / to).parent.mkdir(parents=True, exist_ok=True)
        (self._folder / path).rename(self._folder / to)

    @override
    def make(self, path: str) -> None:
        (self._folder / path).mkdir(parents=True, exist_ok=True)

    @override
    def modified(self, path: str) -> int:
        return (self._folder / path).stat().st_mtime_ns

    @override
    def tree(self) -> Tree:
        return trees.folder_tree(self._folder)

    @override
    def trash(self) -> Tree:
        together: Tree = {}
        for one_run in sorted((self._folder / OWN_FOLDER / "trash").glob("*")):
            trees.merge(together, trees.folder_tree(one_run))
        return together


@dataclass
class Stage:
    """Two sides, what users do on them, and what is remembered of them."""

    ours: Actor
    theirs: Actor
    source: Counted
    target: Counted
    state_file: Path
    settings: JobSettings = field(default_factory=lambda: replace(SETTINGS, mode=Mode.TWO_WAY))
    clock: Clock = field(default_factory=lambda: Clock(time.time_ns()))

    def having(self, ours: Tree, theirs: Tree | None = None) -> Self:
        """Fill both sides; without a tree of their own, both hold the same after a first run."""
        self.fill(self.ours, ours)
        self.fill(self.theirs, theirs or {})
        self.run()
        return self

    def fill(self, side: Actor, tree: Tree, under: str = "") -> None:
        """Write a whole tree."""
        for name, content in tree.items():
            path = f"{under}/{name}" if under else name
            if isinstance(content, str):
                side.write(path, content, self.clock.tick())
            else:
                side.make(path)
                self.fill(side, content, path)

    def write(self, side: Actor, path: str, text: str) -> None:
        """Let a user write a file, later than all before."""
        side.write(path, text, self.clock.tick())

    def wishing(self, **wishes: object) -> Self:
        """Change the settings."""
        self.settings = replace(self.settings, **wishes)  # type: ignore[arg-type]
        return self

    def guarded(self, **guards: int) -> Self:
        """Set guards."""
        return self.wishing(guards=Guards(**guards))

    def run(self, *, scope: Scope = EVERYTHING, released: HoldReason | None = None) -> Outcome:
        """Carry out one run; what it changes is counted anew."""
        self.source.changes.clear()
        self.target.changes.clear()
        return run(
            self.state_file, self.source, self.target, self.settings, Orders(scope, released)
        )

    def changes_of_another_run(self) -> list[tuple[str, str]]:
        """Return what a run that has nothing to do changes on both sides."""
        self.run()
        return [*self.source.changes, *self.target.changes]

    @property
    def trees(self) -> tuple[Tree, Tree]:
        """Return what both sides hold."""
        return self.ours.tree(), self.theirs.tree()


def names(tree: Tree, under: str = "") -> list[str]:
    """Return the paths of all files of a tree."""
    found: list[str] = []
    for name, content in tree.items():
        path = str(RelPath(f"{under}/{name}" if under else name))
        found += [path] if isinstance(content, str) else names(content, path)
    return found
