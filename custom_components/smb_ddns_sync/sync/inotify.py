"""inotify for a whole tree, on top of watchdog's calls into the C library.

watchdog 6.0.0's own reader cannot be used: it drops the event that says that events were lost
(inotify(7), IN_Q_OVERFLOW), holds everything behind an unpaired move back for half a second, and
ends with a KeyError when an event comes for a watch that was just removed. This reader pairs
nothing: for a hint it does not matter where a file came from.
"""

import errno
from heapq import heappop, heappush
import os
from typing import TYPE_CHECKING, Final, override

from watchdog.observers.inotify_c import Inotify
from watchdog.observers.inotify_c import InotifyConstants as Flag

from .endpoint import Hint, News, Touch
from .names import OWN_FOLDER, checked, is_temporary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .endpoint import RelPath

_MASK: Final = (
    Flag.IN_MODIFY
    | Flag.IN_ATTRIB
    | Flag.IN_CLOSE_WRITE
    | Flag.IN_CREATE
    | Flag.IN_DELETE
    | Flag.IN_MOVED_FROM
    | Flag.IN_MOVED_TO
    | Flag.IN_DELETE_SELF
    | Flag.IN_MOVE_SELF
    | Flag.IN_ONLYDIR
    | Flag.IN_DONT_FOLLOW
    | Flag.IN_EXCL_UNLINK
)
_ROOT_GONE: Final = Flag.IN_DELETE_SELF | Flag.IN_MOVE_SELF | Flag.IN_UNMOUNT | Flag.IN_IGNORED
_WRITING: Final = Flag.IN_MODIFY | Flag.IN_CREATE | Flag.IN_ATTRIB
_MADE: Final = Flag.IN_CREATE | Flag.IN_MOVED_TO
_GONE: Final = Flag.IN_DELETE | Flag.IN_MOVED_FROM
_BUFFER: Final = 256 * 1024
_LARGEST_EVENT: Final = 16 + 256  # bytes; inotify(7)
_OWN_FOLDER: Final = os.fsencode(OWN_FOLDER)
_LEFT_TO_OTHERS: Final = 64
"""Watches that are given back where the limit is reached: it is one for all programs of a user."""
# A folder that vanished, was swapped for a file or link, or may not be read: its listing tells, a
# watch need not.
_NOT_WATCHABLE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES})


class RootGone(Exception):
    """The watched folder was deleted, moved or unmounted."""


class TreeReader(Inotify):
    """Reads hints about a tree.

    Where the kernel allows too few watches, the folders that changed last are watched, and `limit`
    tells it. Making it raises `OSError` where not even the root can be watched.
    """

    def __init__(self, root: bytes) -> None:
        self.limit: OSError | None = None
        """Why only a part of the tree is watched."""
        self._found: set[bytes] = set()
        self._found_before: set[bytes] = set()
        try:
            super().__init__(root, recursive=True, event_mask=_MASK)
        except BaseException:
            # watchdog leaves them open, and this is tried again for as long as the limit holds.
            for name in ("_inotify_fd", "_kill_r", "_kill_w"):
                if hasattr(self, name):
                    os.close(getattr(self, name))
            raise
        self._found.clear()

    def read(self) -> list[Hint]:
        """Return the hints that came, waiting for the first; none when woken. Raises `RootGone`."""
        if not self._check_inotify_fd():
            return []
        buffer = os.read(self._inotify_fd, _BUFFER)
        # News about what was found in a new folder is in the queue by then, and read once the queue
        # is empty.
        drained = len(buffer) < _BUFFER - _LARGEST_EVENT
        if drained:
            self._found_before, self._found = self._found, set()
        hints = [hint for event in self._parse_event_buffer(buffer) for hint in self._hints(*event)]
        if drained:
            self._found_before.clear()
        return hints

    def wake(self) -> None:
        """End the waiting of `read`; may be called from any thread."""
        with self._lock:
            if not self._closed:
                os.write(self._kill_w, b"!")

    def end(self) -> None:
        """Close everything; only the reading thread may call it."""
        with self._lock:
            self._closed = True
            self._close_resources()

    @override
    def _add_dir_watch(self, path: bytes, mask: int, *, recursive: bool) -> None:
        """Watch a folder and all below it.

        Each is watched before it is read, so nothing new in it is missed. Those that changed last
        come first, in case that there are not watches for all.
        """
        waiting = [(0, path)]
        while waiting and self.limit is None:
            _, folder = heappop(waiting)
            try:
                self._add_watch(folder, mask)
                with os.scandir(folder) as found:
                    for item in found:
                        self._found.add(item.path)
                        if item.is_dir(follow_symlinks=False) and not self._is_ours(item.path):
                            changed = item.stat(follow_symlinks=False).st_mtime_ns
                            heappush(waiting, (-changed, item.path))
            except OSError as error:
                if error.errno == errno.ENOSPC and self._path in self._wd_for_path:
                    self._reach_limit(error)
                elif folder == self._path or error.errno not in _NOT_WATCHABLE:
                    raise

    def _reach_limit(self, error: OSError) -> None:
        self.limit = error
        watched = list(self._wd_for_path)
        for path in watched[max(1, len(watched) - _LEFT_TO_OTHERS) :]:
            self._take_back(path)

    def _hints(self, wd: int, mask: int, _cookie: int, name: bytes) -> Iterator[Hint]:
        if mask & Flag.IN_Q_OVERFLOW:
            yield Hint(Touch.LOST)
            return
        folder = self._path_for_wd.get(wd)
        if folder is None:
            return  # of a watch that was taken back already
        if not name:
            if folder == self._path and mask & _ROOT_GONE:
                raise RootGone
            if mask & Flag.IN_IGNORED:
                self._forget(folder)
            return
        yield from self._of_name(folder + b"/" + name, mask)

    def _of_name(self, path: bytes, mask: int) -> Iterator[Hint]:
        if self._is_ours(path):
            return
        if mask & (_MADE | _GONE) and self._was_found(path) and mask & _MADE:
            # It is told a second time, or something else took its place since: only a look tells.
            yield Hint(Touch.WRITTEN, self._relative(path))
            return
        yield self._hint(path, mask)
        if mask & Flag.IN_ISDIR:
            if mask & _GONE:
                self._drop(path)
            elif mask & _MADE:
                yield from self._enter(path, made=bool(mask & Flag.IN_CREATE))

    def _hint(self, path: bytes, mask: int) -> Hint:
        writing = not mask & Flag.IN_ISDIR and mask & _WRITING
        news = News.MADE if mask & _MADE else News.GONE if mask & _GONE else News.OTHER
        return Hint(Touch.WRITTEN if writing else Touch.DONE, self._relative(path), news=news)

    def _enter(self, folder: bytes, *, made: bool) -> Iterator[Hint]:
        """Watch a folder that appeared, and tell what came into a new one before it was watched."""
        known, self._found = self._found, set()
        self._add_dir_watch(folder, _MASK, recursive=True)
        came, self._found = self._found, known
        if not made:
            return  # it came with all that is in it
        self._found |= came
        for path in sorted(came):
            if not self._is_ours(path):
                yield Hint(Touch.WRITTEN, self._relative(path), news=News.MADE)

    def _was_found(self, path: bytes) -> bool:
        """Tell whether a name was told when its folder began to be watched; only once."""
        for found in (self._found, self._found_before):
            if path in found:
                found.discard(path)
                return True
        return False

    def _is_ours(self, path: bytes) -> bool:
        """Tell whether it is the engine's own, which is no news and needs no watch."""
        folder, _, name = path.rpartition(b"/")
        return is_temporary(os.fsdecode(name)) or (folder == self._path and name == _OWN_FOLDER)

    def _relative(self, path: bytes) -> RelPath:
        return checked(os.fsdecode(path[len(self._path) :].lstrip(b"/")))

    def _drop(self, path: bytes) -> None:
        """Take back the watches of a folder that is no longer here.

        They would go on telling its old path.
        """
        inside = path + b"/"
        for watched in [p for p in self._wd_for_path if p == path or p.startswith(inside)]:
            self._take_back(watched)

    def _take_back(self, watched: bytes) -> None:
        try:
            self.remove_watch(watched)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the kernel took it back already
                raise

    def _forget(self, path: bytes) -> None:
        wd = self._wd_for_path.pop(path, None)
        if wd is not None:
            self._path_for_wd.pop(wd, None)
