"""Listing a whole tree: breadth first, many folders under way."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from .errors import BadAnswer, SmbError
from .files import FileInfo, FolderListing
from .listing import list_folder
from .names import join
from .pipeline import Pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .line import Line

_MOST_WAITING: Final = 2_000_000
"""Folders that are known and not listed yet: some 300 MB of paths."""


def walk(lane: Line, path: str, enter: Callable[[str], bool]) -> Iterator[FolderListing]:
    """List a folder and all below it that `enter` says yes to; each once, complete or failed.

    Links are told and not followed, so that a tree is finite. Raises `BadAnswer` where a server
    tells of more and more folders all the same.
    """
    waiting = deque([path])
    pipeline: Pipeline[str, tuple[FileInfo, ...]] = Pipeline(lane)
    while waiting or pipeline.busy:
        while waiting and pipeline.has_room():
            folder = waiting.popleft()
            pipeline.start(folder, partial(list_folder, path=folder))
        folder, result = pipeline.next()
        if isinstance(result, SmbError):
            yield FolderListing(folder, error=result)
            continue
        # In the order of names: whoever walks another tree beside this one finds the same order.
        folders = sorted(join(folder, entry.name) for entry in result if entry.is_folder)
        waiting.extend(below for below in folders if enter(below))
        if len(waiting) > _MOST_WAITING:
            raise BadAnswer(path or "the share", f"more than {_MOST_WAITING} folders wait")
        yield FolderListing(folder, result)
