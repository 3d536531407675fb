"""Reaching folders below a root without ever following a link.

Each step opens one name in the folder before it, and refuses links. A folder that is swapped for a
link while the engine works, by accident or on purpose, leads nowhere: no path can leave the root.
"""

from contextlib import contextmanager, suppress
import os
from typing import TYPE_CHECKING, Final

from ..names import checked

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ..endpoint import RelPath

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def folder(root: Path, path: RelPath, *, make: bool = False) -> Iterator[int]:
    """Open a folder below the root, if asked made with its parents; raises `OSError`.

    The root itself may be reached through links: where it is, is the user's choice.
    """
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
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
