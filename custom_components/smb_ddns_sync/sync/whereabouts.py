"""Where things are while a plan renames folders, one after the other."""

from typing import TYPE_CHECKING

from .endpoint import ROOT
from .names import parent

if TYPE_CHECKING:
    from .endpoint import RelPath


class Whereabouts:
    """Where a side has what a scan found, after the renames of folders that came so far."""

    def __init__(self) -> None:
        self._moved: dict[RelPath, RelPath] = {}

    def moved(self, found_at: RelPath, to: RelPath) -> None:
        """Note that the folder that was found at a path is at another one now."""
        if found_at != to:
            self._moved[found_at] = to

    def now(self, found_at: RelPath) -> RelPath:
        """Return where it is now, by the nearest folder above it that was moved on its own."""
        if not self._moved:
            return found_at
        folder = found_at
        while folder != ROOT:
            if (to := self._moved.get(folder)) is not None:
                return type(found_at)(to + found_at[len(folder) :])
            folder = parent(folder)
        return found_at
