"""Content that arrives as a stream on an event loop and is put by a thread."""

import asyncio
from threading import Condition
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_AHEAD: Final = 4 << 20
"""Bytes that may wait here for the thread: above, the stream waits."""
_BEHIND: Final = 17 << 20
"""Bytes kept after they were read: what may be under way on a connection that breaks."""


class StreamError(Exception):
    """The stream cannot give what it was to give."""


class StreamContent:
    """A stream of a known size, as the `Content` of a put.

    `fill` belongs to the event loop, `read` to the thread that puts. Invariants: at most `_AHEAD`,
    one chunk and `_BEHIND` bytes are held, and one piece where it is read late; the last byte is
    handed out only after the stream has ended with exactly its size, so that nothing that is cut
    short or goes on can be put in place.
    """

    def __init__(self, size: int, patience: float, loop: asyncio.AbstractEventLoop) -> None:
        """Hold nothing yet; `patience` is how long, in seconds, the stream may bring nothing."""
        self.size = size
        self._patience = patience
        self._loop = loop
        self._changed = Condition()  # guards all that follows; never held while anything waits
        self._held = bytearray()
        self._start = 0  # where in the stream what is held begins
        self._read_to = 0
        self._wanted = 0
        self._ended = False
        self._failure: BaseException | None = None
        self._room = asyncio.Event()

    @property
    def held(self) -> int:
        """Bytes that are in memory."""
        return len(self._held)

    async def fill(self, chunks: AsyncIterator[bytes]) -> None:
        """Take the stream in, as fast as it is read; what it raises, `read` raises."""
        try:
            async for chunk in chunks:
                for at in range(0, len(chunk), _AHEAD):
                    await self._add(chunk[at : at + _AHEAD])
        except BaseException as error:
            self.fail(error)
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def _add(self, data: bytes) -> None:
        while True:
            with self._changed:
                if self._failure is not None:
                    raise StreamError("nobody reads on")
                self._room.clear()
                end = self._start + len(self._held)
                if end + len(data) > self.size:
                    raise StreamError(f"the stream goes on after its {self.size} bytes")
                if end < max(self._read_to + _AHEAD, self._wanted):
                    self._held += data
                    self._changed.notify_all()
                    return
            await self._room.wait()

    def fail(self, error: BaseException) -> None:
        """End it: who reads, or would read, is told. From any thread; the first error counts."""
        with self._changed:
            if self._failure is None:
                self._failure = error
            self._changed.notify_all()
        self._tell_of_room()

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly these bytes, waiting for them. Blocks.

        Raises `StreamError` where they are gone already, or will never come.
        """
        end = min(offset + length, self.size)
        with self._changed:
            self._wanted = end
            self._tell_of_room()
            while not self._is_there(end):
                if self._failure is not None:
                    raise StreamError("the stream has failed") from self._failure
                if self._ended:
                    has = self._start + len(self._held)
                    raise StreamError(f"the stream ended after {has} of {self.size} bytes")
                if not self._changed.wait(self._patience):
                    raise StreamError(f"the stream brought nothing for {self._patience:g} seconds")
            if offset < self._start:
                raise StreamError(f"byte {offset} has been sent, and is not kept")
            data = bytes(self._held[offset - self._start : end - self._start])
            self._read_to = max(self._read_to, end)
            if (excess := self._read_to - _BEHIND - self._start) > 0:
                del self._held[:excess]
                self._start += excess
        self._tell_of_room()
        return data

    def _is_there(self, end: int) -> bool:
        if self._failure is not None:
            return False
        has = self._start + len(self._held)
        return has >= end and (end < self.size or self._ended)

    def _tell_of_room(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._room.set)
        except RuntimeError:
            return  # the loop has ended, and with it the stream
