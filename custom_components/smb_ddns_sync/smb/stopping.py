"""Whether a thread that waits for a server has been told to stop meanwhile.

A thread that somebody may stop says once how it finds out (`heed`). From then on its waits look up
from time to time, and are broken off where the thread is to stop and the line is silent. A server
that answers still finishes what it was asked: so nothing is left half without need, and what would
come to its end within moments does.

What is broken off may have happened or not, as where a connection breaks.
"""

from threading import local
import time
from typing import TYPE_CHECKING, Final

from .errors import Cause, ConnectionFailed

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_EVERY: Final = 0.1  # seconds
_SILENCE: Final = 0.5  # seconds without a byte, after which a server will not answer soon
_SILENCE_AGAIN: Final = 0.25  # the same once a line was given up: a thread may wait on several
_AT_MOST: Final = 5.0  # seconds that a server may go on for that answers slowly, or plays at it


class BrokenOff(ConnectionFailed):
    """Nobody waits any more: the thread was told to stop, and the server does not answer.

    Only who stops the thread ever sees it, and knows what it means.
    """

    cause = Cause.CONNECTION_LOST


class _Thread(local):
    stopped: Callable[[], bool] | None = None
    since: float | None = None  # when it was first seen to be stopped
    gave_up = False  # a line, since then


_thread: Final = _Thread()


def heed(stopped: Callable[[], bool] | None) -> None:
    """Have the calling thread's waits asked whether to go on; None where nobody stops it."""
    _thread.stopped = stopped
    _thread.since, _thread.gave_up = None, False


def slice_of(seconds: float) -> float:
    """Return how much of a wait may pass before it is asked again whether to go on."""
    return seconds if _thread.stopped is None else min(seconds, _LOOK_EVERY)


def is_over(silence: float) -> bool:
    """Tell whether the calling thread waits no more, for a line that is silent for so long."""
    if not _is_stopped() or _thread.since is None:
        return False
    waits = _SILENCE_AGAIN if _thread.gave_up else _SILENCE
    if silence < waits and time.monotonic() - _thread.since < _AT_MOST:
        return False
    _thread.gave_up = True
    return True


def has_given_up() -> bool:
    """Tell whether the calling thread is to stop and has given up a line: it wants no other."""
    return _thread.gave_up and _is_stopped()


def _is_stopped() -> bool:
    if _thread.stopped is None or not _thread.stopped():
        _thread.since, _thread.gave_up = None, False
        return False
    if _thread.since is None:
        _thread.since = time.monotonic()
    return True
