"""What users and their programs do to the files of both sides."""

from typing import TYPE_CHECKING, Final, Literal
import unicodedata

from custom_components.smb_ddns_sync.sync.endpoint import Kind, NameRule, RelPath
from custom_components.smb_ddns_sync.sync.names import (
    OWN_FOLDER,
    is_temporary,
    join,
    name_of,
    parent,
    refusal,
)

from .side import below

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from custom_components.smb_ddns_sync.sync.endpoints.memory import Node

    from .passing import Passing
    from .promises import Promises
    from .side import Side

# Few, so that they meet; some are one name to a side that folds case, or to Unicode.
_NAMES: Final = ("a", "a", "b", "c.txt", "B", "\u00e9", "f g", "x:y", "A")
_LARGE: Final = 50_000  # bytes
DEEDS: Final = (
    "write", "write", "write", "overwrite", "overwrite", "remove", "remove", "rename", "rename",
    "folder", "touch", "recase", "both", "link", "lock", "deny",
    "patch", "patch",
)  # fmt: skip


class Users:
    """Users of both sides, who act by chance."""

    def __init__(
        self, random: Random, time: Passing, promises: Promises, sides: Sequence[Side]
    ) -> None:
        self._random = random
        self._time = time
        self._promises = promises
        self._sides = sides
        self._count = 0

    def act(self, side: Side, deed: str | None = None) -> tuple[str, tuple[RelPath, ...]]:
        """Do something on a side, or this; return what, and which paths it touched."""
        random = self._random
        # Two edits in a row are told apart also where times are coarse.
        self._time.let_pass(random.choice((4.5, 5, 30)))
        deed = random.choice(DEEDS) if deed is None else deed
        path = self._path(side)
        touched: tuple[RelPath, ...] = (path,)
        with self._promises.user():
            match deed:
                case "write":
                    path = self._new_path(side)
                    touched = (path,)
                    self._write(side, path)
                case "overwrite":
                    self._write(side, path)
                case "remove":
                    self._remove(side, path)
                case "rename":
                    to = self._new_path(side)
                    touched = (path, to)
                    self._rename(side, path, to)
                case "recase":
                    to = join(parent(path), name_of(path).swapcase())
                    touched = (path, to)
                    self._rename(side, path, to)
                case "both":
                    path = self._new_path(side)
                    touched = (path,)
                    content = self._content()
                    for each in self._sides:
                        self._time.let_pass(random.choice((0, 7)))
                        self._write(each, path, content)
                case "patch":
                    path = self._patch(side, path)
                    touched = (path,)
                case _:
                    self._mark(side, path, deed)
        self._promises.touched |= {side.true(each) for each in touched}
        return deed, touched

    def calm(self) -> None:
        """Close what is open, and let everybody read everything."""
        for side in self._sides:
            for _, node in side.nodes():
                node.denied = node.in_use = False

    def _mark(self, side: Side, path: RelPath, deed: str) -> None:
        node = side.find(path)
        match deed:
            case "folder":
                self._make(side, self._new_path(side))
            case "link":
                to = self._new_path(side)
                folder = self._make(side, parent(to))
                if folder is not None and side.find(to) is None and _allowed(side, to):
                    side._attach(folder, side.new(Kind.OTHER, name_of(to)))  # noqa: SLF001 - a user's deed
            case "touch":
                if node is not None and node.kind is Kind.FILE:
                    node.modified = self._moment()
            case "lock":
                if node is not None and node.kind is Kind.FILE:
                    node.in_use = not node.in_use
            case "deny":
                if node is not None and path:
                    node.denied = not node.denied

    def _patch(self, side: Side, path: RelPath) -> RelPath:
        """Change a range of a large file, as a database does, or go on writing it."""
        large = {
            at: node
            for at, node in side.nodes()
            if len(node.content) > _LARGE
            and not node.in_use
            and not at.startswith(OWN_FOLDER)
            and not is_temporary(name_of(at))
        }
        if not large:
            return path
        if path not in large:
            path = self._random.choice(tuple(large))
        node = large[path]
        self._count += 1
        at = self._random.choice((self._random.randrange(len(node.content)), len(node.content)))
        label = f"{self._count:07}.".encode()
        node.content = node.content[:at] + label + node.content[at + len(label) :]
        node.modified = self._moment()
        side.unflushed.discard(node.file_id)
        return path

    def _path(self, side: Side) -> RelPath:
        """Return a path at which there is something, mostly."""
        found = [
            path
            for path, _ in side.nodes()
            if not path.startswith(OWN_FOLDER) and not is_temporary(name_of(path))
        ]
        if found and self._random.random() < 0.9:
            return self._random.choice(found)
        return self._new_path(side)

    def _new_path(self, side: Side) -> RelPath:
        depth = self._random.choice((1, 1, 2, 2, 3))
        path = "/".join(self._random.choice(_NAMES) for _ in range(depth))
        # Programs of one house write the same name in another normalisation than those of another.
        form: Literal["NFC", "NFD"] = "NFC" if side is self._sides[0] else "NFD"
        return RelPath(unicodedata.normalize(form, path))

    def _content(self) -> bytes:
        self._count += 1
        if self._random.random() < 0.03:
            return b""
        # Of few sizes, so that size alone tells nothing; a few are longer than a block.
        size = self._random.choice((8, 8, 8, 12, 90_000))
        return f"{self._count:07}.".encode().ljust(size, b"x")

    def _moment(self) -> int:
        """Return a time for a file: now, or one that a program set, which no other file has."""
        self._count += 1
        if self._random.random() < 0.8:
            return self._time.wall
        return self._time.wall - 10**9 * (86_400 * 365 - 5 * self._count)

    def _write(self, side: Side, path: RelPath, content: bytes | None = None) -> None:
        node = side.find(path)
        if node is not None and node.kind is Kind.FILE and self._random.random() < 0.3:
            # Many programs write a new file and rename it over the old one.
            self._remove(side, path)
            node = side.find(path)
        if node is None:
            folder = self._make(side, parent(path))
            if folder is None or not _allowed(side, path):
                return
            node = side.new(Kind.FILE, name_of(path))
            side._attach(folder, node)  # noqa: SLF001 - a user's deed
        if node.kind is Kind.FILE and not node.in_use:
            node.content = self._content() if content is None else content
            node.modified = self._moment()
            side.unflushed.discard(node.file_id)

    def _make(self, side: Side, path: RelPath) -> Node | None:
        """Make a folder with its parents; None where a file is in the way."""
        node = side.root
        made = RelPath("")
        for part in path.split("/") if path else ():
            made = join(made, part)
            if node is None:
                return None
            child = side.find(made)
            if child is None:
                if not _allowed(side, made):
                    return None
                child = side.new(Kind.FOLDER, part)
                side._attach(node, child)  # noqa: SLF001 - a user's deed
            if child.kind is not Kind.FOLDER:
                return None
            node = child
        return node

    def _remove(self, side: Side, path: RelPath) -> None:
        node = side.find(path)
        if node is not None and not node.in_use:
            side._detach(path)  # noqa: SLF001 - a user's deed
            side.free_ids(node)

    def _rename(self, side: Side, path: RelPath, to: RelPath) -> None:
        node = side.find(path)
        there = side.find(to)
        if (
            node is None
            or node.in_use
            or there not in (None, node)
            or to.startswith(f"{path}/")
            or path == to
            or not _allowed(side, to)
        ):
            return
        folder = self._make(side, parent(to))
        if folder is None or folder is node or any(each is folder for _, each in below(path, node)):
            return
        side._detach(path)  # noqa: SLF001 - a user's deed
        node.name = name_of(to)
        side._attach(folder, node)  # noqa: SLF001 - a user's deed


def _allowed(side: Side, path: RelPath) -> bool:
    rule = side.traits.names
    return rule is NameRule.POSIX or refusal(name_of(path), rule) is None
