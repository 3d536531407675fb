"""Time, as the engine takes it: whoever gives another clock can let years pass in a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_SECOND: Final = 1_000_000_000  # ns
_NAP: Final = 50e-6  # seconds; a thread that is woken needs about as long to be there


@dataclass(frozen=True, slots=True)
class Clock:
    """A monotonic clock, the time of day, and a pause. Of each machine its own."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds since some moment; it never goes back."""
    now_ns: Callable[[], int] = time.time_ns
    """ns since 1970; it jumps when somebody sets the clock."""
    sleep: Callable[[float], None] = time.sleep
    cpu: Callable[[], float] = time.thread_time
    """Seconds that the calling thread has used of a processor."""
    local: Callable[[], datetime] = lambda: datetime.now().astimezone()
    """The time on the wall where the user lives."""

    give_way: Callable[[], None] = lambda: time.sleep(_NAP)
    """Let other threads run that wait for this one: the event loop, above all."""

    def now(self) -> float:
        """Return the time of day in seconds since 1970."""
        return self.now_ns() / _SECOND

    def date(self) -> datetime:
        """Return the time of day with its time zone, UTC."""
        return datetime.fromtimestamp(self.now(), UTC)
