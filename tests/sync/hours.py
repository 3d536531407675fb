"""Time for tests that nobody has to wait for."""

from dataclasses import dataclass, field
import time
from typing import TYPE_CHECKING

from custom_components.smb_ddns_sync.sync.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Hours:
    """Time that passes only while somebody pauses; others may act in a pause."""

    passed: float = 0.0
    began: int = field(default_factory=time.time_ns)
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds
        self.meanwhile()

    @property
    def clock(self) -> Clock:
        """Return the clock that goes by it."""
        return Clock(lambda: self.passed, self._now, self.sleep)

    def _now(self) -> int:
        return self.began + int(self.passed * 1e9)
