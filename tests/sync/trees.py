"""Trees as literals: `{"a.txt": "1", "photos": {"b.jpg": "2"}}`, on every kind of side."""

import os
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.endpoint import ROOT, Kind, RelPath
from custom_components.smb_ddns_sync.sync.names import OWN_FOLDER, join, name_of, parent

if TYPE_CHECKING:
    from pathlib import Path

    from custom_components.smb_ddns_sync.sync.endpoints.memory import MemoryEndpoint, Node

type Tree = dict[str, str | Tree]

AN_HOUR_AGO = 3_600 * 1_000_000_000


class Clock:
    """Gives every written file a time of its own, long at rest."""

    def __init__(self, now_ns: int) -> None:
        self._next = now_ns - AN_HOUR_AGO

    def tick(self) -> int:
        """Return the next moment, in ns since 1970."""
        self._next += 1_000_000
        return self._next


def node_at(side: MemoryEndpoint, path: str) -> Node:
    """Return what is at the path; it must be there."""
    node = side.find(RelPath(path))
    assert node is not None, f"there is no {path}"
    return node


def write(side: MemoryEndpoint, path: str, content: str, modified: int) -> None:
    """Write a file as a user does: in place where there is one."""
    folder = make(side, parent(RelPath(path)))
    name = name_of(RelPath(path))
    node = side.find(RelPath(path))
    if node is None or node.kind is not Kind.FILE:
        node = side.new(Kind.FILE, name)
        side._attach(folder, node)
    node.content = content.encode()
    node.modified = modified


def make(side: MemoryEndpoint, path: str) -> Node:
    """Make a folder with its parents, as a user does."""
    if side.root is None:
        side.root = side.new(Kind.FOLDER, "")
    node = side.root
    for part in path.split("/") if path else ():
        child = node.children.get(side._key(part))
        if child is None:
            child = side.new(Kind.FOLDER, part)
            side._attach(node, child)
        node = child
    return node


def remove(side: MemoryEndpoint, path: str) -> None:
    """Remove a file or a folder with all in it, as a user does."""
    node_at(side, path)
    side._detach(RelPath(path))


def rename(side: MemoryEndpoint, path: str, to: str) -> None:
    """Give a file or folder another path, as a user does."""
    node = node_at(side, path)
    side._detach(RelPath(path))
    node.name = name_of(RelPath(to))
    side._attach(make(side, parent(RelPath(to))), node)


def fill(side: MemoryEndpoint, tree: Tree, clock: Clock, under: str = "") -> None:
    """Write a whole tree."""
    make(side, under)
    for name, content in tree.items():
        path = join(RelPath(under), name)
        if isinstance(content, str):
            write(side, path, content, clock.tick())
        else:
            fill(side, content, clock, path)


def tree(side: MemoryEndpoint, under: str = "") -> Tree:
    """Return what a side holds, without what is the engine's own."""
    node = side.find(RelPath(under))
    if node is None:
        return {}
    return _tree_of(node, at_root=under == ROOT)


def _tree_of(node: Node, *, at_root: bool) -> Tree:
    found: Tree = {}
    for child in node.children.values():
        if at_root and child.name == OWN_FOLDER:
            continue
        if child.kind is Kind.FOLDER:
            found[child.name] = _tree_of(child, at_root=False)
        elif child.kind is Kind.FILE:
            found[child.name] = child.content.decode()
        else:
            found[child.name] = "<other>"
    return found


def trash(side: MemoryEndpoint) -> Tree:
    """Return what is in trash, of all runs together."""
    node = side.find(RelPath(f"{OWN_FOLDER}/trash"))
    together: Tree = {}
    for run in node.children.values() if node is not None else ():
        merge(together, _tree_of(run, at_root=False))
    return together


def merge(into: Tree, tree: Tree) -> None:
    """Add a tree to another; what is there already with another content gets another name."""
    for name, content in tree.items():
        there = into.get(name)
        if isinstance(there, dict) and isinstance(content, dict):
            merge(there, content)
        elif there != content:
            # Two runs took something away from one path.
            into[name if there is None else f"{name} ({len(into)})"] = content


def contents(tree: Tree) -> list[str]:
    """Return the content of every file in a tree."""
    found = []
    for content in tree.values():
        found += [content] if isinstance(content, str) else contents(content)
    return found


def fill_folder(folder: Path, tree: Tree, modified: int) -> None:
    """Write a whole tree on the disk, every file with the given time in ns."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in tree.items():
        if isinstance(content, str):
            (folder / name).write_text(content)
            os.utime(folder / name, ns=(modified, modified))
        else:
            fill_folder(folder / name, content, modified)


def folder_tree(folder: Path) -> Tree:
    """Return what a folder of the disk holds, without what is the engine's own."""
    found: Tree = {}
    for child in sorted(folder.iterdir()):
        if child.name == OWN_FOLDER:
            continue
        if child.is_symlink():
            found[child.name] = "<other>"
        elif child.is_dir():
            found[child.name] = folder_tree(child)
        else:
            found[child.name] = child.read_text()
    return found
