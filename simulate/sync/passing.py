"""Time that passes only when the play lets it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

_SECOND: Final = 1_000_000_000
_STEP: Final = 0.01  # seconds
_BEGIN: Final = 1_767_225_600 * _SECOND  # 2026-01-01


@dataclass(slots=True)
class Passing:
    """A monotonic clock and the time of day of one machine."""

    monotonic: float = 1000.0
    wall: int = _BEGIN
    """ns since 1970, as the machine believes."""
    latest: int = _BEGIN
    """The latest time of day since the run began: its clock may be set back meanwhile."""
    worked: float = 0.0
    """Seconds of a processor that were used."""
    meanwhile: Callable[[], None] = field(default=lambda: None)
    """What happens in each pause that the engine makes."""

    def let_pass(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.wall += int(seconds * _SECOND)
        self.latest = max(self.latest, self.wall)

    def set_clock(self, seconds: float) -> None:
        """Set the time of day forward or back."""
        self.wall = max(_SECOND, self.wall + int(seconds * _SECOND))
        self.latest = max(self.latest, self.wall)

    def begin(self) -> None:
        """Begin a run."""
        self.latest = self.wall

    @property
    def clock(self) -> Clock:
        """Return the clock that an engine is given."""
        return Clock(
            lambda: self.monotonic, lambda: self.wall, self._sleep, self._work, self._on_the_wall
        )

    def _sleep(self, seconds: float) -> None:
        self.let_pass(seconds)
        self.meanwhile()

    def _work(self) -> float:
        """Return how long the processor was used; each question about it stands for some work."""
        self.worked += _STEP
        return self.worked

    def _on_the_wall(self) -> datetime:
        return datetime.fromtimestamp(self.wall // _SECOND, UTC)
