"""A side with a file server's manners, which loses answers and power when the play says so."""

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, override

from custom_components.smb_ddns_sync.sync.endpoint import (
    ROOT,
    EndpointError,
    Entry,
    Kind,
    NameRule,
    Placement,
    RelPath,
    RootIdentity,
    Traits,
)
from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint, Node
from custom_components.smb_ddns_sync.sync.names import fold, is_temporary, join
from custom_components.smb_ddns_sync.sync.spelling import spelled, true

from ..virtual import BrokenPromiseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random


type Judge = Callable[[RelPath, RelPath | None], str | None]
"""Returns which promise it breaks to take something from a path; None where it breaks none."""


class Ends(BaseException):
    """The program ends here; nothing in the engine may catch this."""


@dataclass(frozen=True, slots=True)
class Manners:
    """What kind of side it is."""

    name: str
    traits: Traits
    has_ids: bool
    flushes_all: bool
    """Every change is on the disk when it is answered; else only what the engine asks for."""


LOCAL: Final = Manners("local", Traits(1, case_sensitive=True, names=NameRule.POSIX), True, True)
SHARE: Final = Manners(
    "share", Traits(100, case_sensitive=False, names=NameRule.WINDOWS), True, False
)
OLD_SHARE: Final = Manners(
    "old share", Traits(2_000_000_000, case_sensitive=False, names=NameRule.WINDOWS), False, False
)


class Side(MemoryEndpoint):
    """One side of the job, and what really is on it."""

    def __init__(self, name: str, volume: int, manners: Manners, random: Random) -> None:
        self._free_ids: list[int] = []
        super().__init__(volume=volume, traits=manners.traits)
        self.name = name
        self.manners = manners
        self.random = random
        self.answering: Callable[[RelPath], None] = lambda _path: None
        """Called after each change; it may raise, and then the answer got lost."""
        self.judging: Judge = _approve
        """Asked before something is moved, deleted or removed; what it says is told after."""
        self.placing: Callable[[RelPath], str | None] = lambda _path: None
        """Asked before a file is put in the place of another, as `judging`."""
        self.genuine: Node | None = None
        """The user's folder, while something else stands in its place."""
        self.damaged: set[bytes] = set()
        """What losing power has left of new files."""
        self.unflushed: set[int] = set()
        self._journal: list[Node] | None = None
        self._flushing = False
        self._own_volume = volume

    @override
    def new(self, kind: Kind, name: str, content: bytes = b"", modified: int = 0) -> Node:
        node = super().new(kind, name, content, modified)
        # A file system gives the number of a file that is gone to the next one.
        if self._free_ids and self.random.random() < 0.5:
            node.file_id = self._free_ids.pop()
        return node

    def free_ids(self, gone: Node) -> None:
        """Give the numbers of what is gone to what comes next."""
        used = {node.file_id for _, node in self.nodes()}
        self._free_ids += sorted(
            {node.file_id for _, node in below(ROOT, gone) if node.file_id not in used}
        )

    def nodes(self) -> Iterator[tuple[RelPath, Node]]:
        """Return everything that is on the side, also what an accident hides."""
        for root in (self.root, self.genuine):
            if root is not None:
                yield from below(ROOT, root)

    def true(self, path: RelPath) -> RelPath:
        """Return the path whose names the side may have had to spell."""
        rule = self.traits.names
        return RelPath("/".join(true(part, rule) if part else part for part in path.split("/")))

    def spelled(self, path: RelPath) -> RelPath:
        """Return the path as the side has to spell it."""
        rule = self.traits.names
        return RelPath("/".join(spelled(part, rule) if part else part for part in path.split("/")))

    def same_name(self, one: RelPath, other: RelPath) -> bool:
        """Tell whether the side takes two paths for one."""
        return one == other or (not self.traits.case_sensitive and fold(one) == fold(other))

    def real(self, path: RelPath) -> Node | None:
        """Return what the user has at a path, in this very spelling, whatever stands there now."""
        node = self.genuine or self.root
        for part in self.spelled(path).split("/") if path else ():
            key = part if self.traits.case_sensitive else fold(part)
            node = None if node is None else node.children.get(key)
            if node is not None and node.name != part:
                return None
        return node

    @override
    def identify(self) -> RootIdentity:
        found = super().identify()
        return found if self.manners.has_ids else replace(found, file_id=0)

    @override
    def _entry(self, path: RelPath, node: Node) -> Entry:
        entry = super()._entry(path, node)
        return entry if self.manners.has_ids else replace(entry, file_id=0)

    def replace_root(self, *, volume: int | None, root: Node | None) -> None:
        """Let something else stand in the place of the user's folder."""
        if self.genuine is None and self.root is not None:
            # What is under way goes on with the other folder.
            self.genuine = _clone(self.root)
        self.root = root
        self.volume = self._own_volume if volume is None else volume

    def heal(self) -> None:
        """Bring the user's folder back."""
        if self.genuine is not None:
            self.root, self.genuine = self.genuine, None
            self.volume = self._own_volume

    @property
    def emptied(self) -> bool:
        """Tell whether the user's own folder stands there, with nothing of his in it."""
        return self.genuine is not None and self.volume == self._own_volume and bool(self.root)

    def accept(self) -> None:
        """Take what stands there now for what is meant from now on."""
        self.genuine = None
        self._own_volume = self.volume

    def note_power(self, *, wanted: bool) -> None:
        """Begin, or stop, to note what a loss of power would undo; all before is on the disk."""
        self.unflushed.clear()
        self._journal = [] if wanted else None

    def lose_power(self) -> None:
        """Lose what is not on the disk: the last changes, and the ends of new files."""
        if self._journal and self.root is not None:
            states = [*self._journal, self.root]
            self.root = states[self.random.randrange(len(states))]
            lengths = {number: self.random.random() for number in sorted(self.unflushed)}
            for path, node in below(ROOT, self.root):
                kept = lengths.get(node.file_id)
                if kept is not None and kept < 0.7 and node.kind is Kind.FILE:
                    node.content = node.content[: int(len(node.content) * kept)]
                    if not is_temporary(path.rpartition("/")[2]):
                        self.damaged.add(node.content)
        self.note_power(wanted=False)

    @override
    def _change(self, step: str, path: RelPath) -> None:
        super()._change(step, path)
        if self._journal is not None and self.root is not None:
            if step == "rename" and self._flushing:
                self._journal.clear()
                self.unflushed.clear()
            self._journal.append(_clone(self.root))

    @override
    def _place(self, placement: Placement) -> Entry:
        self._flushing = (
            self.manners.flushes_all or placement.expected is not None or placement.flush
        )
        verdict = self.placing(placement.path)
        try:
            entry = super()._place(placement)
        finally:
            flushed, self._flushing = self._flushing, False
        _tell(verdict)
        if self._journal is not None:
            if self.manners.flushes_all:
                self._journal.clear()
            elif not flushed and (node := self.find(placement.path)) is not None:
                self.unflushed.add(node.file_id)
        return entry

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement, result in super().place(placements):
            if isinstance(result, Entry):
                self.answering(placement.path)
            yield placement, result

    @override
    def make_folder(self, path: RelPath) -> None:
        super().make_folder(path)
        self.answering(path)

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        verdict = self.judging(source, target)
        super().move(source, target, expected)
        _tell(verdict)
        if self._journal is not None and self.manners.flushes_all:
            self._journal.clear()
        self.answering(target)

    @override
    def remove_folder(self, path: RelPath) -> None:
        verdict = self.judging(path, None)
        super().remove_folder(path)
        _tell(verdict)
        self.answering(path)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        verdict = self.judging(path, None)
        super().delete_file(path, expected)
        _tell(verdict)
        self.answering(path)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """Let the play itself use the side, without faults and without a trace of it."""
        kept = self.before, self.answering, self.judging, self.placing
        self.before = lambda _step, _path: None
        self.answering = lambda _path: None
        self.judging = _approve
        self.placing = lambda _path: None
        try:
            yield
        finally:
            self.before, self.answering, self.judging, self.placing = kept


def below(path: RelPath, node: Node) -> list[tuple[RelPath, Node]]:
    """Return all that is in a folder, with its paths."""
    found = [(join(path, child.name), child) for child in node.children.values()]
    for at, child in found:  # it grows meanwhile
        if child.children:
            found += [(join(at, each.name), each) for each in child.children.values()]
    return found


def _approve(_path: RelPath, _to: RelPath | None) -> str | None:
    return None


def _tell(verdict: str | None) -> None:
    if verdict is not None:
        raise BrokenPromiseError(verdict)


def _clone(node: Node) -> Node:
    children = {key: _clone(child) for key, child in node.children.items()}
    return replace(node, children=children)
