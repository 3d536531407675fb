"""Watches a folder of this machine and tells what may have changed in it."""

import errno
import os
from threading import Event, Thread, current_thread
from typing import TYPE_CHECKING, override

from .endpoint import Hint, Missing, Touch, Unavailable, Watch
from .inotify import RootGone, TreeReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class FolderWatch(Watch):
    """Hints about a tree, on a thread of its own.

    Making it raises `OSError` where the kernel's limits are reached.

    When it can tell no more, because the root is gone or a new folder would pass the limit, the
    last hint is `BLIND`.
    """

    def __init__(self, root: Path, listener: Callable[[Hint], None]) -> None:
        self._root = root
        self._listener = listener
        self._closed = Event()
        self._reader = TreeReader(os.fsencode(os.path.realpath(root)))
        self._thread = Thread(target=self._read, name=f"watch {root.name}", daemon=True)
        self._thread.start()

    @override
    def close(self) -> None:
        self._closed.set()
        self._reader.wake()
        if current_thread() is not self._thread:
            self._thread.join()

    def _read(self) -> None:
        try:
            while not self._closed.is_set():
                for hint in self._reader.read():
                    if self._closed.is_set():
                        return
                    self._listener(hint)
        except RootGone:
            self._tell_blind(Missing(str(self._root), "not_found"))
        except OSError as error:
            limit = error.errno in {errno.ENOSPC, errno.EMFILE}
            cause = "watch_limit" if limit else "unavailable"
            self._tell_blind(Unavailable(str(self._root), cause, error.strerror or ""))
        finally:
            self._reader.end()

    def _tell_blind(self, error: Missing | Unavailable) -> None:
        if not self._closed.is_set():
            self._listener(Hint(Touch.BLIND, error=error))
