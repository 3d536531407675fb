"""Watches a folder of this machine and tells what may have changed in it."""

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

    Making it raises `OSError` where the kernel watches nothing of it.

    Where the kernel's limit is reached, then or with a folder that is made later, a hint is
    `PARTLY`. When it can tell no more, because the root is gone, the last hint is `BLIND`.
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
            told = False
            while not self._closed.is_set():
                if not told and self._reader.limit is not None:
                    told = True
                    self._tell(Touch.PARTLY, self._limit(self._reader.limit))
                for hint in self._reader.read():
                    if self._closed.is_set():
                        return
                    self._listener(hint)
        except RootGone:
            self._tell(Touch.BLIND, Missing(str(self._root), "not_found"))
        except OSError as error:
            self._tell(
                Touch.BLIND, Unavailable(str(self._root), "unavailable", error.strerror or "")
            )
        finally:
            self._reader.end()

    def _limit(self, error: OSError) -> Unavailable:
        return Unavailable(str(self._root), "watch_limit", error.strerror or "")

    def _tell(self, touch: Touch, error: Missing | Unavailable) -> None:
        if not self._closed.is_set():
            self._listener(Hint(touch, error=error))
