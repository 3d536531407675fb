"""What the thread of a job has open: its memory, and both sides."""

from typing import TYPE_CHECKING

from .endpoints.spelled import with_true_names
from .name_rules import recall_names
from .side import Side
from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .endpoint import Endpoint
    from .settings import JobId


class Opened:
    """Opens each when it is needed first. Of the job's thread, but for `break_sides`."""

    def __init__(
        self,
        job: JobId,
        source: Callable[[], Endpoint],
        target: Callable[[], Endpoint],
        state_file: Path,
        recall: Callable[[State], None],
        stopped: Callable[[], bool],
    ) -> None:
        """`recall` hears of the memory once it is open; `stopped` ends what waits for a side."""
        self._job = job
        self._make_sides = (source, target)
        self._state_file = state_file
        self._recall = recall
        self._stopped = stopped
        self._sides: tuple[Endpoint, Endpoint] | None = None
        self.memory: State | None = None
        """The state, where it is open."""

    @property
    def has_sides(self) -> bool:
        """Tell whether anything is held on the sides."""
        return self._sides is not None

    def state(self) -> State:
        """Return the memory. Raises `OSError` or `sqlite3.Error`."""
        if self.memory is None:
            self.memory = State.open(self._state_file, self._job)
            self._recall(self.memory)
        return self.memory

    def sides(self) -> tuple[Endpoint, Endpoint]:
        """Return the source and the target. Raises `EndpointError`."""
        if self._sides is None:
            source, target = self._make_sides
            self._sides = (with_true_names(source()), with_true_names(target()))
            for side in self._sides:
                side.heed(self._stopped)
        return self._sides

    def both(self) -> dict[Side, Endpoint]:
        """Return the sides, under the names that the last run knew them by.

        Raises `EndpointError`, or as `state` does.
        """
        sides = dict(zip(Side, self.sides(), strict=True))
        recall_names(self.state(), sides)
        return sides

    def close_sides(self) -> None:
        """Hold nothing on either side any more."""
        sides, self._sides = self._sides, None
        for side in sides or ():
            side.close()

    def break_sides(self) -> None:
        """Close the sides under whoever waits for them, from another thread."""
        for side in self._sides or ():
            side.close()

    def close(self) -> None:
        """Close everything."""
        self.close_sides()
        if self.memory is not None:
            self.memory.close()
