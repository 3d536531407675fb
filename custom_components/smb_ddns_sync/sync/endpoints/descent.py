"""Reaching folders below a root without ever following a link.

Each step opens one name in the folder before it, and refuses links. A folder that is swapped for a
link while the engine works, by accident or on purpose, leads nowhere: no path can leave the root.
"""

from contextlib import contextmanager, suppress
from dataclasses import dataclass
import os
from typing import TYPE_CHECKING, Final

from ..endpoint import Unavailable
from ..names import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..endpoint import RelPath

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Root:
    """Where a root is, and which folder it is."""

    path: Path
    device: int = 0
    inode: int = 0
    """0 where any folder will do."""

    def open(self) -> int:
        """Open the root itself; raises `OSError`, or `Unavailable` where it is another folder.

        It may be reached through links: where it is, is the user's choice. But a disk that goes in
        the middle of a run leaves an empty folder there, which is none of ours.
        """
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        if self.inode:
            found = os.fstat(handle)
            if (found.st_dev, found.st_ino) != (self.device, self.inode):
                os.close(handle)
                raise Unavailable(
                    str(self.path), "foreign_root", "another folder took its place in the run"
                )
        return handle


@contextmanager
def folder(root: Root, path: RelPath, *, make: bool = False) -> Iterator[int]:
    """Open a folder below the root, if asked made with its parents; raises as `Root.open` does."""
    current = root.open()
    try:
        for part in checked(path).split("/") if path else ():
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=current)
            below = os.open(part, _FOLDER, dir_fd=current)
            os.close(current)
            current = below
        yield current
    finally:
        os.close(current)


def status(part: str, parent: int) -> os.stat_result | None:
    """Return what the parent holds under a name, a link as itself; None where there is nothing."""
    try:
        return os.stat(part, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return None
