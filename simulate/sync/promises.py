"""The promises, watched while a job runs: what is never lost, halved, or deleted without proof."""

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync import trash
from custom_components.smb_ddns_sync.sync.base import Base
from custom_components.smb_ddns_sync.sync.endpoint import Kind, RelPath
from custom_components.smb_ddns_sync.sync.names import (
    OWN_FOLDER,
    TRASH,
    alike,
    is_temporary,
    name_of,
)
from custom_components.smb_ddns_sync.sync.names import below as is_below
from custom_components.smb_ddns_sync.sync.settings import JobSettings, Mode

from ..virtual import BrokenPromiseError
from .side import below
from .sight import Sight

if TYPE_CHECKING:
    from collections.abc import Iterator
    import sqlite3

    from custom_components.smb_ddns_sync.sync.endpoints.memory import Node

    from .memory import Disk
    from .passing import Passing
    from .side import Side

_OWN: Final = RelPath(OWN_FOLDER)


class Promises:
    """What users have put on both sides, and what must still be there."""

    def __init__(self, source: Side, target: Side, time: Passing) -> None:
        self._sides = (source, target)
        self._time = time
        self.known: set[bytes] = {b""}
        """Every content that a user ever gave a file."""
        self.kept: set[bytes] = set()
        """What must be somewhere: in a tree or in trash."""
        self._fresh: set[bytes] = set()
        """What users have written since the run began: it may not be on the disk yet."""
        self.given_up: set[bytes] = set()
        """Contents of which a user took one away."""
        self.written_on: dict[bytes, set[str]] = {}
        self.touched: set[RelPath] = set()
        """Where users have acted since the run began."""
        self.taken: dict[str, int] = {}
        """Files that the run has put into trash, by side."""
        self.doubtful: set[str] = set()
        """Sides that have lost power since the run began."""
        self.sight: Sight | None = None
        """What the run that goes on leaves alone."""
        self._versions: dict[tuple[str, int, int], set[bytes]] = {}

    @contextmanager
    def user(self) -> Iterator[None]:
        """Let a user act: what he takes away himself need not be kept."""
        self._note_versions()
        before = Counter(content for _, content in self._contents())
        yield
        after = Counter(content for _, content in self._contents())
        new = after.keys() - before.keys()
        for each in self._sides:
            for content in new & {node.content for _, node in each.nodes()}:
                self.written_on.setdefault(content, set()).add(each.name)
        self.known |= new
        self._fresh |= new
        self.kept |= new - {b""}
        self.given_up |= (before - after).keys()
        self.kept -= before.keys() - after.keys()
        self._note_versions()

    def begin(self, settings: JobSettings, disk: Disk) -> None:
        """Begin a run of a Home Assistant with this disk."""
        self._settings = settings
        self.look(settings, disk)
        self._time.begin()
        self.touched.clear()
        self._fresh.clear()
        self.doubtful.clear()
        self.taken = {side.name: 0 for side in self._sides}
        self._note_versions()

    def look(self, settings: JobSettings, disk: Disk) -> None:
        """See what a run of a Home Assistant with this disk will see."""
        self.sight = Sight(settings, self._time.wall, disk)

    def lose_power(self, side: Side) -> None:
        """Let a side lose its power.

        What that took is excused where a user took one away, or wrote it during this run.
        """
        self._note_versions()
        side.lose_power()
        self.doubtful.add(side.name)
        self.kept -= (self.given_up | self._fresh) - {content for _, content in self._contents()}
        self._note_versions()

    def taken_down(self, side: Side) -> None:
        """Excuse what went with a strange folder, if users had put it there."""
        found = {content for _, content in self._contents()}
        self.kept -= {
            content
            for content in self.kept - found
            if content in self.given_up or side.name in self.written_on.get(content, ())
        }

    def check(self) -> None:
        """Check that nothing is lost and nothing is half."""
        found = {content for _, content in self._contents()}
        if lost := self.kept - found:
            raise BrokenPromiseError(f"lost: {sorted(content[:12] for content in lost)}")
        for side in self._sides:
            for path, node in side.nodes():
                if (
                    node.kind is Kind.FILE
                    and node.content not in self.known
                    and node.content not in side.damaged
                    and not is_temporary(name_of(path))
                    and not _is_own(path)
                ):
                    raise BrokenPromiseError(
                        f"{path} on the {side.name} is half: {node.content[:12]!r} and no more"
                    )
        self._note_versions()

    def judge(self, side: Side, path: RelPath, to: RelPath | None) -> str | None:
        """Return which promise it would break to take something from a path of a side now."""
        node = side.find(path)
        if node is None:
            return None
        if is_below(path, _OWN):
            return self._judge_own(side, path, node, to)
        if is_temporary(name_of(path)):
            return None
        if (verdict := self._judge_sight(side, path, node, to)) is not None:
            return verdict
        if to is None and node.kind is Kind.FILE:
            return self._judge_clearing(side, path, node)
        if to is not None and not is_below(to, TRASH):
            return None  # a rename
        if node.kind is Kind.FOLDER and not node.children:
            files = 0
        else:
            files = sum(each.kind is Kind.FILE for _, each in ((path, node), *below(path, node)))
        self.taken[side.name] += files
        at = side.true(path if to is None else RelPath("/".join(to.split("/")[3:])))
        return self._judge_deletion(side, at, node)

    def judge_replacement(self, side: Side, path: RelPath) -> str | None:
        """Return which promise it would break to put a file in the place of another now."""
        node = side.find(path)
        if node is None or is_below(path, _OWN):
            return None
        return self._judge_sight(side, path, node, None)

    def _judge_sight(self, side: Side, path: RelPath, node: Node, to: RelPath | None) -> str | None:
        """Return what is wrong with taking away what the filters leave, or have left, alone."""
        if self.sight is None or (to is not None and not is_below(to, TRASH)):
            return None
        other = self._sides[side is self._sides[0]]
        for found, each in ((path, node), *below(path, node)):
            at = side.true(found)
            if is_temporary(name_of(at)) or any(_related(at, where) for where in self.touched):
                continue
            if self.sight.hides(side, at, each):
                return f"{at} was taken from the {side.name} although the filters leave it alone"
            if (
                to is not None
                and each.kind is Kind.FILE
                and (verdict := self.sight.judge_new(side, other, at)) is not None
            ):
                return verdict
        return None

    def _judge_own(self, side: Side, path: RelPath, node: Node, to: RelPath | None) -> str | None:
        """Only trash that has expired is deleted, and our own small files."""
        if to is not None:
            return f"{path} of our own was moved to {to} on the {side.name}"
        if not is_below(path, TRASH) or node.kind is not Kind.FILE or is_temporary(name_of(path)):
            return None
        if not self._is_too_much(side, path):
            return f"{path} was deleted from trash on the {side.name} before its time"
        self._forget(node)
        return None

    def _is_too_much(self, side: Side, path: RelPath) -> bool:
        """Tell whether trash need not keep a file any more."""
        limits = self._settings.trash
        run, original = path.split("/")[2], path.split("/")[3:]
        made = trash.made_at(run)
        if made is None:
            return False
        if limits.age is not None and self._time.clock.date() - made > limits.age:
            return True
        folded = alike("/".join(original), folds=not side.traits.case_sensitive)
        newer = size = 0
        for other, node in side.nodes():
            if (
                is_below(other, TRASH)
                and node.kind is Kind.FILE
                and not is_temporary(name_of(other))
            ):
                size += len(node.content)
                there = "/".join(other.split("/")[3:])
                newer += (
                    other.split("/")[2] >= run
                    and other != path
                    and (alike(there, folds=not side.traits.case_sensitive) == folded)
                )
        too_many = limits.versions is not None and newer >= limits.versions
        return too_many or (limits.size is not None and size > limits.size)

    def _judge_clearing(self, side: Side, path: RelPath, node: Node) -> str | None:
        """Only copy mode deletes a user's file for good, and only once the target has it."""
        source, target = self._sides
        after = self._settings.clear_source_after
        if self._settings.mode is not Mode.COPY or after is None or side is not source:
            return f"{path} was deleted for good on the {side.name}"
        if timedelta(microseconds=(self._time.latest - node.modified) // 1000) < after:
            return f"{path} was cleared from the source before its time"
        if not any(
            target.same_name(target.true(at), side.true(path)) and there.content == node.content
            for at, there in target.nodes()
        ):
            return f"{path} was cleared from the source although the target has not got it"
        return None

    def _judge_deletion(self, side: Side, at: RelPath, node: Node) -> str | None:
        """Whatever goes into trash is, as it stands, not on the other side."""
        other = self._sides[side is self._sides[0]]
        if other.name in self.doubtful:
            return None
        for found, each in ((at, node), *below(side.spelled(at), node)):
            path = side.true(found)
            there = other.real(path)
            if (
                there is not None
                and there.kind is each.kind
                and each.kind is Kind.FILE
                and not any(_related(path, touched) for touched in self.touched)
            ):
                return f"{path} was taken from the {side.name} although the {other.name} has it"
        return None

    def check_base(self, connection: sqlite3.Connection) -> None:
        """Check that the base calls nothing one version that was not."""
        source, target = self._sides
        for known in Base(connection).below(RelPath("")):
            if known.kind is not Kind.FILE or known.source is None:
                continue
            here = self._versions.get((source.name, *known.source[:2]))
            there = self._versions.get((target.name, *known.target[:2]))
            if here is None or there is None or not here & there:
                raise BrokenPromiseError(
                    f"the base says of {known.path} that {here} and {there} are one version"
                )

    def contents(self, side: Side) -> dict[RelPath, bytes]:
        """Return every file of the user on a side, apart from trash."""
        return {
            side.true(path): node.content
            for path, node in side.nodes()
            if node.kind is Kind.FILE and not is_temporary(name_of(path)) and not _is_own(path)
        }

    def _forget(self, node: Node) -> None:
        """Stop to keep what trash alone had, and had for long enough."""
        count = Counter(content for _, content in self._contents())
        if count[node.content] == 1:
            self.kept.discard(node.content)

    def _contents(self) -> Iterator[tuple[RelPath, bytes]]:
        """Return every whole file that a user can get at: in a tree or in trash."""
        for side in self._sides:
            for path, node in side.nodes():
                if (
                    node.kind is Kind.FILE
                    and not is_temporary(name_of(path))
                    and (not is_below(path, _OWN) or is_below(path, TRASH))
                ):
                    yield path, node.content

    def _note_versions(self) -> None:
        for side in self._sides:
            for path, node in side.nodes():
                if node.kind is Kind.FILE and not _is_own(path):
                    entry = side._entry(path, node)  # noqa: SLF001 - what a listing would tell
                    key = (side.name, entry.size, entry.modified)
                    self._versions.setdefault(key, set()).add(node.content)


def _is_own(path: RelPath) -> bool:
    return path == _OWN or is_below(path, _OWN)


def _related(one: RelPath, other: RelPath) -> bool:
    return one == other or is_below(one, other) or is_below(other, one)
