"""A side in memory, with a file server's manners, for tests: every step can be made to fail."""

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, override

from ..endpoint import (
    ENDS_ALL,
    ROOT,
    Changed,
    Checkpoint,
    Content,
    Endpoint,
    EndpointError,
    Entry,
    FileError,
    Hint,
    Kind,
    Listing,
    Missing,
    NameRule,
    NoSpace,
    NotEmpty,
    Placement,
    RelPath,
    RootIdentity,
    Span,
    Traits,
    Unavailable,
    Watch,
    everywhere,
)
from ..moments import rounded
from ..names import OWN_FOLDER, checked, fold, is_set_apart, join, name_of, parent, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

type _Entries = list[Entry]

_BLOCK: Final = 1 << 16


@dataclass(slots=True)
class Node:
    """A file, a folder or something else."""

    name: str
    kind: Kind
    file_id: int
    content: bytes = b""
    modified: int = 0
    children: dict[str, Node] = field(default_factory=dict)
    denied: bool = False
    """Nobody may read or list it."""
    in_use: bool = False
    """Somebody has it open and shares it with nobody."""


class MemoryEndpoint(Endpoint):
    """A tree in memory.

    `before` is called with the name of each primitive step and its path, and may raise: an
    `EndpointError` is a fault, anything else is a crash, which leaves behind what the steps before
    it made. `holds` is which names it holds in truth, where `traits` do not tell.
    """

    def __init__(
        self,
        *,
        volume: int = 1,
        traits: Traits | None = None,
        holds: NameRule | None = None,
        capacity: int = 1 << 40,
        before: Callable[[str, RelPath], None] = lambda _step, _path: None,
    ) -> None:
        self._traits = traits or Traits(100, case_sensitive=False, names=NameRule.WINDOWS)
        self.holds = holds
        self._ids = 0
        self.volume = volume
        self.root: Node | None = self.new(Kind.FOLDER, "")
        self.capacity = capacity
        self.before = before
        self.writes: list[tuple[str, RelPath]] = []
        """Every step that changed something, in order."""
        self.listeners: list[Callable[[Hint], None]] = []
        self.watchable = False
        self._pinned: RootIdentity | None = None

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def try_names(self) -> NameRule | None:
        if self.holds is not None:
            self.before("try_names", ROOT)
        return self.holds

    @override
    def hold_names(self, rule: NameRule) -> None:
        self._traits = replace(self._traits, names=rule, case_sensitive=not rule.folds)

    @property
    def _in_truth(self) -> NameRule:
        return self._traits.names if self.holds is None else self.holds

    def new(self, kind: Kind, name: str, content: bytes = b"", modified: int = 0) -> Node:
        """Return a node with an id of its own."""
        self._ids += 1
        return Node(name, kind, self._ids, content, modified)

    def find(self, path: RelPath) -> Node | None:
        """Return the node at the path."""
        node = self.root
        for part in checked(path).split("/") if path else ():
            node = None if node is None else node.children.get(self._key(part))
        return node

    @override
    def identify(self) -> RootIdentity:
        self.before("identify", ROOT)
        return self._identity()

    def _identity(self) -> RootIdentity:
        if self.root is None:
            raise Missing("root", "not_found")
        return RootIdentity(self.volume, self.root.file_id)

    @override
    def pin(self, root: RootIdentity | None, marker: str | None = None) -> None:
        self._pinned = root

    @override
    def walk(
        self, under: RelPath = ROOT, enter: Callable[[RelPath], bool] = everywhere
    ) -> Iterator[Listing]:
        waiting = deque([under])
        while waiting:
            listing = self.list(waiting.popleft())
            waiting.extend(
                entry.path
                for entry in listing.entries
                if entry.kind is Kind.FOLDER and enter(entry.path)
            )
            yield listing

    @override
    def list(self, folder: RelPath) -> Listing:
        try:
            self.before("list", folder)
            node = self._folder(folder)
        except EndpointError as error:
            return Listing(folder, error=error)
        entries: tuple[_Entries, _Entries] = [], []
        for child in node.children.values():
            if folder == ROOT and child.name == OWN_FOLDER and child.kind is Kind.FOLDER:
                continue
            apart = is_set_apart(folder, child.name, folds=self._folds)
            entries[apart].append(self._entry(join(folder, child.name), child))
        return Listing(folder, tuple(entries[False]), tuple(entries[True]))

    @override
    def look(self, path: RelPath) -> Entry | None:
        self.before("look", path)
        node = self.find(path)
        if node is None:
            return None
        return self._entry(join(parent(path), node.name) if path else ROOT, node)

    @contextmanager
    @override
    def open(self, path: RelPath) -> Iterator[Content]:
        self.before("open", path)
        node = self.find(path)
        if node is None:
            raise Missing(path, "not_found")
        if node.kind is not Kind.FILE:
            raise Changed(path, "not_a_file")
        self._usable(path, node)
        yield _MemoryContent(self, path, self._entry(path, node))

    @override
    def place(
        self, placements: Iterable[Placement]
    ) -> Iterator[tuple[Placement, Entry | EndpointError]]:
        for placement in placements:
            try:
                result: Entry | EndpointError = self._place(placement)
            except EndpointError as error:
                result = error
            if isinstance(result, ENDS_ALL):
                raise result
            yield placement, result

    def _place(self, placement: Placement) -> Entry:
        self._expect(placement.path, placement.expected)
        if placement.expected is None:  # what is there has a name that can be
            self._name(placement.path)
        temporary = self._temporary(placement)
        try:
            with placement.open() as content:
                self._fill(temporary, placement, content)
                content.verify_unchanged()
            self._change("set_times", placement.temporary)
            temporary.modified = rounded(placement.modified, self._traits.modified_step)
            if placement.keep_old_at is not None:
                self._keep(placement.path, placement.keep_old_at)
            self._expect(placement.path, placement.expected)
            self._change("rename", placement.path)
        except EndpointError as error:
            stays = placement.checkpoints is not None and isinstance(error, ENDS_ALL)
            if not isinstance(error, Unavailable) and not stays:
                self._detach(placement.temporary)
            raise
        self._detach(placement.temporary)
        temporary.name = name_of(placement.path)
        self._attach(self._folder(parent(placement.path)), temporary)
        return self._entry(placement.path, temporary)

    def _temporary(self, placement: Placement) -> Node:
        """Return what an earlier placement left, as far as it may be built on; or a new one."""
        folder, left = self._folder(parent(placement.path)), placement.resume
        found = None if left is None else self.find(placement.temporary)
        if left is not None and found is not None:
            if found.file_id != left.file_id:
                raise Changed(placement.temporary, "exists")
            if len(found.content) >= left.done:
                self._change("truncate", placement.temporary)
                found.content = found.content[: left.done]
                return found
        self._change("create", placement.temporary)
        temporary = self.new(Kind.FILE, name_of(placement.temporary))
        self._attach(folder, temporary)
        return temporary

    def _fill(self, temporary: Node, placement: Placement, content: Content) -> None:
        checkpoints, safe = placement.checkpoints, len(temporary.content)
        changed = None if placement.changed is None else placement.changed()
        old = self.find(placement.path)
        if checkpoints is not None:
            checkpoints.keep(Checkpoint(temporary.file_id, safe))
        while (done := len(temporary.content)) < placement.size:
            self._change("write", placement.temporary)
            length = min(_BLOCK, placement.size - done)
            block = _unchanged(old, changed, done, length)
            if not block:
                try:
                    block = content.read(done, length)
                except ENDS_ALL:
                    if checkpoints is not None and done > safe:
                        checkpoints.keep(Checkpoint(temporary.file_id, done))
                    raise
            if not block:
                raise Changed(placement.path, "changed", "it became shorter")
            self._fit(len(block))
            temporary.content += block
            if checkpoints is not None and len(temporary.content) - safe >= checkpoints.every:
                safe = len(temporary.content)
                checkpoints.keep(Checkpoint(temporary.file_id, safe))
        if placement.verify:
            _compare(temporary, placement, content)

    def _keep(self, path: RelPath, kept: RelPath) -> None:
        node = self.find(path)
        if node is None:
            raise Missing(path, "not_found")
        self._usable(path, node)
        self._make(parent(kept))
        self._change("link", kept)
        copy = Node(name_of(kept), Kind.FILE, node.file_id, node.content, node.modified)
        self._attach(self._folder(parent(kept)), copy)

    @override
    def make_folder(self, path: RelPath) -> None:
        self._make(path)
        node = self.find(path)
        if node is not None and path and node.name != name_of(path):
            raise Changed(path, "exists", f"as {node.name!r}")

    def _make(self, path: RelPath) -> None:
        if self.root is None:
            self._change("make_folder", ROOT)
            self.root = self.new(Kind.FOLDER, "")
        node = self.root
        made = ROOT
        for part in checked(path).split("/") if path else ():
            made = join(made, part)
            below = node.children.get(self._key(part))
            if below is None:
                self._name(made)
                self._change("make_folder", made)
                below = self.new(Kind.FOLDER, part)
                self._attach(node, below)
            if below.kind is not Kind.FOLDER:
                raise Changed(made, "not_a_folder")
            node = below

    @override
    def move(self, source: RelPath, target: RelPath, expected: Entry) -> None:
        self._expect(source, expected)
        self._make(parent(target))
        node = self.find(source)
        if node is None:
            raise Missing(source, "not_found")
        if self.find(target) is not node or source == target:
            self._expect(target, None)
        self._usable(source, node)
        self._change("rename", target)
        self._detach(source)
        node.name = name_of(target)
        self._attach(self._folder(parent(target)), node)

    @override
    def remove_folder(self, path: RelPath) -> None:
        if self._folder(path).children:
            raise NotEmpty(path, "not_empty")
        self._change("remove_folder", path)
        self._detach(path)

    @override
    def delete_file(self, path: RelPath, expected: Entry) -> None:
        self._expect(path, expected)
        self._change("delete", path)
        self._detach(path)

    @override
    def free_space(self) -> int:
        self.before("free_space", ROOT)
        return self.capacity - self._used()

    @override
    def close(self) -> None:
        """Nothing is open."""

    @override
    def watch(self, listener: Callable[[Hint], None]) -> Watch | None:
        if not self.watchable:
            return None
        self.listeners.append(listener)
        return _MemoryWatch(self, listener)

    def _key(self, name: str) -> str:
        return fold(name) if self._folds else name

    @property
    def _folds(self) -> bool:
        return not self._traits.case_sensitive if self.holds is None else self.holds.folds

    def _attach(self, folder: Node, node: Node) -> None:
        folder.children[self._key(node.name)] = node

    def _detach(self, path: RelPath) -> None:
        folder = self.find(parent(path))
        if folder is not None:
            folder.children.pop(self._key(name_of(path)), None)

    def _folder(self, path: RelPath) -> Node:
        node = self.find(path)
        if node is None:
            raise Missing(path, "not_found")
        if node.kind is not Kind.FOLDER:
            raise Changed(path, "not_a_folder")
        self._usable(path, node)
        return node

    def _usable(self, path: RelPath, node: Node) -> None:
        if node.denied:
            raise FileError(path, "access_denied")
        if node.in_use:
            raise FileError(path, "in_use")

    def _name(self, path: RelPath) -> None:
        if (why := refusal(name_of(path), self._in_truth)) is not None:
            raise FileError(path, "bad_name", why)

    def _expect(self, path: RelPath, expected: Entry | None) -> None:
        found = self.look(path)
        if found is None and expected is None:
            return
        if found is None or not found.same_version(expected):
            raise Changed(path, "changed" if expected else "exists")

    def _change(self, step: str, path: RelPath) -> None:
        self.before(step, path)
        if self._pinned is not None and not self._pinned.same_root(self._identity()):
            raise Unavailable("root", "foreign_root")
        self.writes.append((step, path))

    def _fit(self, length: int) -> None:
        if self._used() + length > self.capacity:
            raise NoSpace("volume", "full")

    def _used(self) -> int:
        total = 0
        waiting = [] if self.root is None else [self.root]
        while waiting:
            node = waiting.pop()
            total += len(node.content)
            waiting.extend(node.children.values())
        return total

    def _entry(self, path: RelPath, node: Node) -> Entry:
        if node.kind is not Kind.FILE:
            return Entry(path, node.kind, file_id=node.file_id)
        modified = rounded(node.modified, self._traits.modified_step)
        return Entry(path, Kind.FILE, len(node.content), modified, node.file_id)


def _unchanged(old: Node | None, changed: tuple[Span, ...] | None, done: int, length: int) -> bytes:
    """Return what stands in the old version from an offset on, up to what has changed."""
    if old is None or changed is None or any(span.offset <= done < span.end for span in changed):
        return b""
    ahead = [span.offset for span in changed if span.offset > done]
    return old.content[done : min([*ahead, done + length])]


def _compare(temporary: Node, placement: Placement, content: Content) -> None:
    for offset in range(0, placement.size, _BLOCK):
        block = content.read(offset, min(_BLOCK, placement.size - offset))
        if block != temporary.content[offset : offset + len(block)]:
            raise FileError(placement.path, "spoilt", "what was read back differs")


class _MemoryContent(Content):
    def __init__(self, endpoint: MemoryEndpoint, path: RelPath, entry: Entry) -> None:
        self._endpoint = endpoint
        self._path = path
        self.entry = entry

    @override
    def read(self, offset: int, length: int) -> bytes:
        self._endpoint.before("read", self._path)
        node = self._endpoint.find(self._path)
        if node is None:
            raise Missing(self._path, "not_found")
        return node.content[offset : offset + length]

    @override
    def verify_unchanged(self) -> None:
        if not self.entry.same_version(self._endpoint.look(self._path)):
            raise Changed(self._path, "changed")


class _MemoryWatch(Watch):
    def __init__(self, endpoint: MemoryEndpoint, listener: Callable[[Hint], None]) -> None:
        self._endpoint = endpoint
        self._listener = listener

    @override
    def close(self) -> None:
        if self._listener in self._endpoint.listeners:
            self._endpoint.listeners.remove(self._listener)
