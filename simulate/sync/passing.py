"""Time that passes only when the play lets it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from custom_components.smb_ddns_sync.sync.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable

_SECOND: Final = 1_000_000_000
_BEGIN: Final = 1_767_225_600 * _SECOND  # 2026-01-01


@dataclass(slots=True)
class Passing:
    """A monotonic clock and the time of day of one machine."""

    monotonic: float = 1000.0
    wall: int = _BEGIN
    """ns since 1970, as the machine believes."""
    meanwhile: Callable[[], None] = field(default=lambda: None)
    """What happens in each pause that the engine makes."""

    def let_pass(self, seconds: float) -> None:
        """Let time pass."""
        self.monotonic += seconds
        self.wall += int(seconds * _SECOND)

    def set_clock(self, seconds: float) -> None:
        """Set the time of day forward or back."""
        self.wall = max(_SECOND, self.wall + int(seconds * _SECOND))

    @property
    def clock(self) -> Clock:
        """Return the clock that an engine is given."""
        return Clock(lambda: self.monotonic, lambda: self.wall, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.let_pass(seconds)
        self.meanwhile()
