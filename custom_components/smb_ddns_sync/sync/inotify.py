"""inotify for a whole tree, on top of watchdog's calls into the C library.

watchdog 6.0.0's own reader cannot be used: it drops the event that says that events were lost
(inotify(7), IN_Q_OVERFLOW), holds everything behind an unpaired move back for half a second, and
ends with a KeyError when an event comes for a watch that was just removed. This reader pairs
nothing: for a hint it does not matter where a file came from.
"""

import errno
import os
from typing import TYPE_CHECKING, Final, override

from watchdog.observers.inotify_c import Inotify
from watchdog.observers.inotify_c import InotifyConstants as Flag

from .endpoint import Hint, Touch
from .names import OWN_FOLDER, checked, is_temporary, join

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
_BUFFER: Final = 256 * 1024
# A folder that vanished, was swapped for a file or link, or may not be read: its listing tells, a
# watch need not.
_NOT_WATCHABLE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EACCES})


class RootGone(Exception):
    """The watched folder was deleted, moved or unmounted."""


class TreeReader(Inotify):
    """Reads hints about a tree.

    Making it, and reading, raise `OSError` where the kernel's limits are reached.
    """

    def __init__(self, root: bytes) -> None:
        try:
            super().__init__(root, recursive=True, event_mask=_MASK)
        except BaseException:
            # watchdog leaves them open, and this is tried again for as long as the limit holds.
            for name in ("_inotify_fd", "_kill_r", "_kill_w"):
                if hasattr(self, name):
                    os.close(getattr(self, name))
            raise

    def read(self) -> list[Hint]:
        """Return the hints that came, waiting for the first; none when woken. Raises `RootGone`."""
        if not self._check_inotify_fd():
            return []
        buffer = os.read(self._inotify_fd, _BUFFER)
        return [hint for event in self._parse_event_buffer(buffer) for hint in self._hints(*event)]

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

        Each is watched before it is read, so nothing new in it is missed.
        """
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            try:
                self._add_watch(folder, mask)
                with os.scandir(folder) as found:
                    waiting.extend(
                        item.path for item in found if item.is_dir(follow_symlinks=False)
                    )
            except OSError as error:
                if folder == self._path or error.errno not in _NOT_WATCHABLE:
                    raise

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
        path = folder + b"/" + name
        if mask & Flag.IN_ISDIR:
            if mask & (Flag.IN_MOVED_FROM | Flag.IN_DELETE):
                self._drop(path)
            elif mask & (Flag.IN_CREATE | Flag.IN_MOVED_TO):
                self._add_dir_watch(path, _MASK, recursive=True)
        text = os.fsdecode(name)
        inside = self._relative(folder)
        if is_temporary(text) or (not inside and text == OWN_FOLDER):
            return
        writing = not mask & Flag.IN_ISDIR and mask & _WRITING
        yield Hint(Touch.WRITTEN if writing else Touch.DONE, join(inside, text))

    def _relative(self, folder: bytes) -> RelPath:
        return checked(os.fsdecode(folder[len(self._path) :].lstrip(b"/")))

    def _drop(self, path: bytes) -> None:
        """Take back the watches of a folder that is no longer here.

        They would go on telling its old path.
        """
        inside = path + b"/"
        for watched in [p for p in self._wd_for_path if p == path or p.startswith(inside)]:
            try:
                self.remove_watch(watched)
            except OSError as error:
                if error.errno != errno.EINVAL:  # the kernel took it back already
                    raise

    def _forget(self, path: bytes) -> None:
        wd = self._wd_for_path.pop(path, None)
        if wd is not None:
            self._path_for_wd.pop(wd, None)
