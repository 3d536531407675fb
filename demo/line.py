"""How bytes travel on a line that is slow, long or broken: pure bookkeeping, no sockets."""

from collections import deque
from dataclasses import astuple, dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

_UNTHROTTLED = 1 << 18  # bytes read at once; smaller costs wake-ups, larger gains nothing
_THROTTLED = 1 << 14
_BUFFER = 1 << 26  # what an unthrottled line holds: 25 ms at 2.6 GB/s
_HEAD = 4  # bytes that say how long a message is


class Direction(Enum):
    """Which way bytes go."""

    TO_SERVER = "to_server"
    TO_CLIENT = "to_client"


class Door(Enum):
    """What happens to a new connection."""

    OPEN = "open"
    REFUSE = "refuse"  # nothing listens
    RESET = "reset"  # accepted and cut at once
    SILENT = "silent"  # accepted, and nothing ever comes


class Cut(Enum):
    """How a connection ends, for both sides."""

    CLOSE = "close"  # an orderly end: what was passed on before it arrives
    RESET = "reset"  # both sides get a reset; what they have not read yet is lost
    SILENCE = "silence"  # no byte moves any more and nobody is told, as with a pulled cable


@dataclass(frozen=True, slots=True)
class Line:
    """What a line does to each byte, in each direction: seconds of delay, and bytes per second."""

    delay: float = 0.0
    bandwidth: float | None = None

    @property
    def chunk(self) -> int:
        """How much is read at once."""
        return _UNTHROTTLED if self.bandwidth is None else _THROTTLED

    @property
    def capacity(self) -> int:
        """How many bytes may be under way before the sender has to wait."""
        if self.bandwidth is None:
            return _BUFFER
        return 4 * _THROTTLED + int(self.bandwidth * self.delay)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has passed. Two of them can be subtracted to see what passed in between."""

    connections: int = 0
    bytes_to_server: int = 0
    bytes_to_client: int = 0
    frames_to_server: int = 0
    """Messages, each in its length frame; a compound is one."""
    frames_to_client: int = 0
    round_trips: int = 0
    """How often a client spoke first, or after the server had: what a caller waits for.

    Counted for each connection and summed, so connections that work side by side count each.
    """

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, earlier: Traffic) -> Traffic:
        return Traffic(*(a - b for a, b in zip(astuple(self), astuple(earlier), strict=True)))


@dataclass(slots=True)
class CutPoint:
    """After how many more bytes, in which direction and how every connection ends."""

    direction: Direction
    left: int
    how: Cut
    done: threading.Event


class FrameCounter:
    """Counts messages framed by a zero byte and a 24-bit length (MS-SMB2 2.1).

    It stops at the first thing that cannot be such a frame.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._left = 0  # bytes of the current frame still to come
        self._head = b""
        self._framed = True

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the stream."""
        at = 0
        while self._framed and at < len(data):
            if self._left:
                step = min(self._left, len(data) - at)
                self._left -= step
            else:
                step = min(_HEAD - len(self._head), len(data) - at)
                self._head += data[at : at + step]
                if len(self._head) == _HEAD:
                    self._left = int.from_bytes(self._head[1:])
                    self._framed = self._head[0] == 0 and self._left > 0
                    self.frames += self._framed
                    self._head = b""
            at += step


class Throughput:
    """When the next bytes of one direction are out at the far end; connections share a line."""

    def __init__(self) -> None:
        self._free_at = 0.0

    def arrival(self, now: float, size: int, line: Line) -> float:
        """Send `size` bytes now; the time at which the last of them is out."""
        if line.bandwidth is None:
            return now + line.delay
        self._free_at = max(now, self._free_at) + size / line.bandwidth
        return self._free_at + line.delay


class UnderWay:
    """The bytes of one direction of one connection that went in and did not come out yet."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[float, memoryview]] = deque()
        self.size = 0

    def add(self, due: float, data: memoryview) -> None:
        """Put bytes at the end; a byte never overtakes an earlier one."""
        if self._chunks:
            due = max(due, self._chunks[-1][0])
        self._chunks.append((due, data))
        self.size += len(data)

    @property
    def due(self) -> float | None:
        """When the first bytes are due, or None where nothing is under way."""
        return self._chunks[0][0] if self._chunks else None

    @property
    def first(self) -> memoryview:
        """The first bytes."""
        return self._chunks[0][1]

    def taken(self, count: int) -> None:
        """Strike out the first `count` of the first bytes."""
        due, data = self._chunks.popleft()
        self.size -= count
        if count < len(data):
            self._chunks.appendleft((due, data[count:]))
