"""Files that somebody has open and shares with nobody: tried again soon, told when that lasts.

A program that saves, a virus scanner, a backup: most are done in a moment, and a person can do
nothing about them. So the file is only put off at first, with a wait that grows, while all others
go on. Remembered by the job and not in its state: after a restart the patience begins anew.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from .names import parent

if TYPE_CHECKING:
    from collections.abc import Collection

    from .done import Done
    from .endpoint import RelPath
    from .hints import Scope

IN_USE: Final = "in_use"

_PATIENCE: Final = timedelta(minutes=10).total_seconds()


@dataclass(slots=True)
class InUse:
    """Since when the files of one job have been in use, by a monotonic clock in seconds."""

    _since: dict[RelPath, float] = field(default_factory=dict)

    def sort(self, done: Done, scope: Scope, now: float, known: Collection[RelPath] = ()) -> None:
        """Put off what was in use in a run that has ended, and tell what has been for long.

        What is known to fail has been in use for long, also where no run tried it lately.
        """
        before = self._since
        if scope.everything:
            self._since = {}
        else:
            self._since = {
                path: at for path, at in before.items() if parent(path) not in scope.folders
            }
        for path, failure in done.in_use.items():
            since = self._since[path] = before.get(path, now)
            if now - since < _PATIENCE and path not in known:
                done.deferred.add(path)
            else:
                done.tell(failure)
