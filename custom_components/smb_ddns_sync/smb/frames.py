"""Cutting what comes over a socket into frames (MS-SMB2 § 2.1), with few calls and copies."""

from typing import TYPE_CHECKING, Final

from .errors import BadAnswer, ConnectionLost

if TYPE_CHECKING:
    import socket

_BUFFER: Final = 256 * 1024
_LARGEST: Final = 0xFF_FFFF  # § 2.1: the first byte of a length is zero
_LENGTH: Final = 4


class FrameReader:
    """Reads frames from a socket that does not block. Of one thread at a time."""

    def __init__(self, sock: socket.socket, room: int) -> None:
        """Leave `room` bytes at the end of each frame."""
        self._sock = sock
        self._room = room
        self._buffer = bytearray(_BUFFER)
        self._view = memoryview(self._buffer)
        self._filled = 0
        # A frame that the buffer does not hold is read into a place of its own.
        self._large: bytearray | None = None
        self._large_filled = 0

    def receive(self) -> list[bytearray] | None:
        """Read once and return the frames that are whole now; None where nothing had come.

        Raises `ConnectionLost` at the end of the stream, and `BadAnswer` where a length cannot be
        true.
        """
        try:
            if self._large is None:
                count = self._sock.recv_into(self._view[self._filled :])
            else:
                end = len(self._large) - self._room
                count = self._sock.recv_into(memoryview(self._large)[self._large_filled : end])
        except BlockingIOError:
            return None
        if not count:
            raise ConnectionLost("the server", "it closed the connection")
        if self._large is None:
            self._filled += count
            return self._cut()
        self._large_filled += count
        if self._large_filled < len(self._large) - self._room:
            return []
        whole, self._large = self._large, None
        return [whole]

    def _cut(self) -> list[bytearray]:
        frames: list[bytearray] = []
        view, at, end = self._view, 0, self._filled
        while end - at >= _LENGTH:
            size = int.from_bytes(view[at : at + _LENGTH])
            if size > _LARGEST:
                raise BadAnswer("the server", f"a frame that claims {size} bytes")
            after = at + _LENGTH + size
            if after <= end:
                frame = bytearray(view[at + _LENGTH : after])
                frame.extend(bytes(self._room))
                frames.append(frame)
                at = after
                continue
            if size > _BUFFER - _LENGTH:
                self._large_filled = end - at - _LENGTH
                self._large = bytearray(size + self._room)
                self._large[: self._large_filled] = view[at + _LENGTH : end]
                at = end
            break
        # What is left of a frame moves to the front; it is small, or it would be whole or large.
        view[: end - at] = bytes(view[at:end])
        self._filled = end - at
        return frames
