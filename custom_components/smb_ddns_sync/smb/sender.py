"""What goes out over one connection: by one thread at a time, small frames together."""

import select
from threading import Lock
import time
from typing import TYPE_CHECKING, Final

from .errors import ConnectionLost
from .silence import ECHO_PART
from .stopping import BrokenOff, is_over, slice_of

if TYPE_CHECKING:
    from collections.abc import Callable
    import socket

    from .connection import Connection
    from .wire import Buffer

_PATIENCE: Final = 4  # deadlines that another thread's sending may take
_HELD_FRAMES: Final = 64
_HELD_BYTES: Final = 256 * 1024


class Sender:
    """Sends whole frames. Any thread may ask for it."""

    def __init__(self, connection: Connection, sock: socket.socket) -> None:
        self._connection = connection
        self._sock = sock
        self._holding = Lock()
        self._held: list[Buffer] = []
        self._held_size = 0
        # Of the one thread that sends.
        self._turn = Lock()
        self._write_poll = select.poll()
        self._write_poll.register(sock, select.POLLOUT)
        self._both_poll = select.poll()
        self._both_poll.register(sock, select.POLLIN | select.POLLOUT)

    def hold(self, parts: list[Buffer]) -> None:
        """Keep a small frame to be sent with others; send where there are enough."""
        with self._holding:
            self._held.append(b"".join(parts))
            self._held_size += len(self._held[-1])
            full = len(self._held) >= _HELD_FRAMES or self._held_size >= _HELD_BYTES
        if full:
            self.flush()

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self.send([])

    def send(self, parts: list[Buffer]) -> None:
        """Send what is held, and one frame more. Raises `ConnectionFailed`."""
        self._take_turn()
        try:
            with self._connection.using():
                with self._holding:
                    held, self._held, self._held_size = self._held, [], 0
                self._send([*held, *parts])
        finally:
            self._turn.release()

    def try_to_send(self, make: Callable[[], list[Buffer] | None]) -> None:
        """Send a frame if that is possible at once; it is made only then, if at all.

        Raises `ConnectionFailed`.
        """
        if not self._turn.acquire(blocking=False):
            return
        try:
            if self._write_poll.poll(0) and (parts := make()) is not None:
                with self._connection.using():
                    self._send(parts)
        finally:
            self._turn.release()

    def _take_turn(self) -> None:
        since = time.monotonic()
        patience = _PATIENCE * self._connection.deadline
        while not self._turn.acquire(timeout=slice_of(patience)):
            if time.monotonic() - since >= patience:
                self._connection.give_up("nothing could be sent")
                self._connection.check()
            self._connection.look_up(since)

    def _send(self, parts: list[Buffer]) -> None:
        views = [memoryview(part) for part in parts if part]
        since = time.monotonic()
        while views:
            try:
                sent = self._sock.sendmsg(views)
            except BlockingIOError:
                self._until_writable(since)
                continue
            since = self._connection.silence.sent()
            while views and sent >= len(views[0]):
                sent -= len(views[0])
                del views[0]
            if sent:
                views[0] = views[0][sent:]

    def _until_writable(self, since: float) -> None:
        """Wait for room to send; read meanwhile, as the peer may wait for just that."""
        connection = self._connection
        milliseconds = int(1000 * slice_of(connection.deadline / ECHO_PART / 2)) or 1
        if not connection.try_to_lead():
            self._write_poll.poll(milliseconds)
        else:
            try:
                ready = self._both_poll.poll(milliseconds)
                if ready and ready[0][1] & ~select.POLLOUT:
                    connection.read()
            finally:
                connection.end_turn()
        connection.watch(since)
        if is_over(connection.silence.of_peer(since)):
            # Half a frame may have gone, and nothing can follow it.
            subject, why = str(connection.facts.address), "given up while the server took nothing"
            connection.fail(ConnectionLost(subject, why))
            raise BrokenOff(subject, why)
