"""How long a peer has been silent, and what is to be done about it: pure but for one question.

Something that goes out counts as a sign of life only where the peer takes it: a kernel buffers much
for one that is gone.
"""

from enum import Enum
from fcntl import ioctl
from struct import Struct
from termios import TIOCOUTQ
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

_INT: Final = Struct("@i")

ECHO_PART: Final = 3  # of a deadline: after so much silence we ask whether anybody is there


class Verdict(Enum):
    """What silence calls for."""

    WAIT = "wait"
    ASK = "ask"  # whether anybody is there
    GIVE_UP = "give up"


class Silence:
    """The silence of one connection, in seconds of the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline
        self._moved = self._heard = time.monotonic()
        self._unsent = 0

    def sent(self) -> float:
        """Note that bytes went out; return when."""
        self._moved = time.monotonic()
        return self._moved

    def heard(self) -> None:
        """Note that bytes came."""
        self._moved = self._heard = time.monotonic()

    def of_peer(self, since: float) -> float:
        """Return for how long nothing has come, counted from a moment at the earliest."""
        return time.monotonic() - max(self._heard, since)

    def judge(self, since: float) -> Verdict:
        """Tell what is to be done, for somebody who has waited since a moment."""
        now = time.monotonic()
        silence = now - max(self._moved, since)
        if silence < self._deadline / ECHO_PART:
            return Verdict.WAIT
        unsent = _INT.unpack(ioctl(self._sock, TIOCOUTQ, _INT.pack(0)))[0]
        if unsent < self._unsent:  # slow, but the peer takes what we send
            self._moved = now
        self._unsent = unsent
        return Verdict.GIVE_UP if silence >= self._deadline else Verdict.ASK
