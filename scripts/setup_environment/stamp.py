"""Knowing whether a part of the set-up is complete and made from today's inputs."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any, Iterator

if TYPE_CHECKING:
    from pathlib import Path


def fingerprint(inputs: Any) -> str:
    """Return a short text that differs when `inputs`, any JSON value, differ."""
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


class Part:
    """One folder that set-up makes, complete exactly when its stamp says so."""

    def __init__(self, folder: Path, inputs: Any) -> None:
        self.folder = folder
        self._stamp = folder / ".set-up"
        self._fingerprint = fingerprint([str(folder), inputs])

    def is_complete(self) -> bool:
        """Tell whether the folder was finished, from these inputs, at this very place."""
        try:
            return self._stamp.read_text(encoding="ascii") == self._fingerprint
        except OSError:
            return False

    @contextlib.contextmanager
    def made(self) -> Iterator[None]:
        """Begin with no folder; end with a complete one, or again with none when making it fails.

        Making it that is killed leaves a folder without a stamp, which the next one removes.
        """
        self._clear()
        try:
            yield
        except BaseException:
            self._clear()
            raise
        self._complete()

    def _clear(self) -> None:
        """Remove the folder; its stamp goes first, so that half a removal never looks complete."""
        if self._stamp.exists():
            self._stamp.unlink()
        if self.folder.exists():
            shutil.rmtree(str(self.folder))

    def _complete(self) -> None:
        partial = self._stamp.with_name(self._stamp.name + ".partial")
        partial.write_text(self._fingerprint, encoding="ascii")
        partial.replace(self._stamp)
