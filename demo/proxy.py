"""A TCP proxy on loopback that is a bad line: slow, long, cut, silent or closed, as asked.

One thread of its own moves the bytes; every call of the public surface has taken effect when it
returns. The handshake of a connection counts as on a real line: its first bytes wait one round trip
more. What the proxy itself can carry is in docs/performance.md.
"""

from concurrent.futures import Future
import contextlib
import os
import select
import socket
import threading
import time
from typing import TYPE_CHECKING, Self

from .line import Cut, CutPoint, Direction, Door, Line, Traffic
from .relay import Relay, Wire, reset

if TYPE_CHECKING:
    from collections.abc import Callable


class Proxy:
    """A line from a port of its own to a server; a context manager."""

    def __init__(
        self,
        host: str,
        port: int,
        line: Line | None = None,
        *,
        listen: tuple[str, int] = ("127.0.0.1", 0),
    ) -> None:
        self._target = (host, port)
        self._wire = Wire(Line() if line is None else line)
        self._door = Door.OPEN
        self._relays: list[Relay] = []
        self._by_file: dict[int, Relay] = {}
        self._held: list[socket.socket] = []  # accepted and never answered
        self._past = Traffic()  # of what is gone
        self._recorded: list[bytearray] = []
        self._calls: list[Callable[[], None]] = []
        self._calls_lock = threading.Lock()
        self._stopped = False
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._timer = os.timerfd_create(
            time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC
        )
        self._armed = 0.0
        for number in (self._wake, self._timer):
            self._wire.epoll.register(number, select.EPOLLIN)
        self.host = listen[0]
        self._listener = _bound(self.host, listen[1])
        self.port: int = self._listener.getsockname()[1]
        self._listen()
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # What may be asked, from any thread.

    def stop(self) -> None:
        """Close every connection and the port; a second call does nothing."""
        if not self._stopped:
            self._call(self._end)
            self._thread.join()

    @property
    def line(self) -> Line:
        """What the line does to bytes that go in from now on."""
        return self._wire.line

    @line.setter
    def line(self, line: Line) -> None:
        self._call(lambda: setattr(self._wire, "line", line))

    @property
    def door(self) -> Door:
        """What happens to new connections."""
        return self._door

    @door.setter
    def door(self, door: Door) -> None:
        self._call(lambda: self._set_door(door))

    def retarget(self, host: str, port: int) -> None:
        """Lead new connections elsewhere."""
        self._call(lambda: setattr(self, "_target", (host, port)))

    def drop(self, how: Cut = Cut.RESET) -> None:
        """End every connection now."""
        self._call(lambda: self._end_all(how))

    def cut_after(
        self, count: int, direction: Direction = Direction.TO_SERVER, how: Cut = Cut.CLOSE
    ) -> threading.Event:
        """Let exactly `count` more bytes pass in a direction, then end every connection.

        The event is set when that has happened. Later connections are not touched.
        """
        point = CutPoint(direction, count, how, threading.Event())
        self._call(lambda: self._set_cut_point(point))
        return point.done

    def half_close(self, direction: Direction) -> None:
        """Say the end of the stream in one direction; the other one goes on."""
        self._call(lambda: self._half_close(direction))

    def traffic(self) -> Traffic:
        """Count what has passed so far."""
        return self._call(lambda: sum((relay.traffic for relay in self._relays), start=self._past))

    def record(self) -> None:
        """Keep what clients send from now on; see `recorded`."""
        self._call(lambda: setattr(self._wire, "recording", True))

    def recorded(self) -> list[bytes]:
        """Return what clients sent since `record`, one entry for each connection."""
        return self._call(lambda: [bytes(data) for data in self._recorded])

    @property
    def open_connections(self) -> int:
        """How many connections stand, those that are only held included."""
        return self._call(lambda: len(self._relays) + len(self._held))

    def _call[T](self, call: Callable[[], T]) -> T:
        """Run something in the proxy's thread and return what it returned."""
        result: Future[T] = Future()

        def run() -> None:
            try:
                result.set_result(call())
            except BaseException as error:
                result.set_exception(error)
                raise

        with self._calls_lock:
            if self._stopped:
                raise RuntimeError("The proxy has been stopped")
            self._calls.append(run)
        os.eventfd_write(self._wake, 1)
        return result.result()

    # What follows runs in the proxy's thread.

    def _run(self) -> None:
        while True:
            self._arm()
            for number, events in self._wire.epoll.poll():
                if number == self._wake:
                    os.eventfd_read(self._wake)
                    if not self._run_calls():
                        return
                elif number == self._timer:
                    self._take_time()
                elif number == self._listener.fileno():
                    self._accept()
                elif number in self._by_file:
                    self._by_file[number].serve(number, events)

    def _run_calls(self) -> bool:
        """Do what has been asked; whether the proxy goes on."""
        with self._calls_lock:
            calls, self._calls = self._calls, []
        for call in calls:
            call()
        return not self._stopped

    def _arm(self) -> None:
        """Wake up when the next bytes are due, to the microsecond; epoll itself counts in ms."""
        times = [due for relay in self._relays if (due := relay.due) is not None]
        if times and min(times) != self._armed:
            self._armed = min(times)
            os.timerfd_settime(self._timer, flags=os.TFD_TIMER_ABSTIME, initial=self._armed)

    def _take_time(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it was armed anew since
            os.read(self._timer, 8)
        self._armed = 0.0
        now = time.monotonic()
        for relay in list(self._relays):
            if (due := relay.due) is not None and due <= now:
                relay.push_due()

    def _end(self) -> None:
        with self._calls_lock:
            self._stopped = True
        self._run_calls()  # nobody may wait for ever for what was asked meanwhile
        for relay in list(self._relays):
            relay.close()
        for client in self._held:
            client.close()
        self._listener.close()
        self._wire.epoll.close()
        os.close(self._wake)
        os.close(self._timer)

    def _listen(self) -> None:
        self._listener.listen(128)
        self._wire.epoll.register(self._listener.fileno(), select.EPOLLIN)

    def _set_door(self, door: Door) -> None:
        if door is Door.REFUSE and self._door is not Door.REFUSE:
            self._listener.close()
            self._listener = _bound(
                self.host, self.port
            )  # the port stays ours: bound, not listening
        elif self._door is Door.REFUSE and door is not Door.REFUSE:
            self._listen()
        self._door = door

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except BlockingIOError, ConnectionAbortedError:
            return
        self._past += Traffic(connections=1)
        if self._door is Door.RESET:
            reset(client)
        elif self._door is Door.SILENT:
            self._held.append(client)
        else:
            relay = Relay(self._wire, client, self._target, self._forget, self._reached_cut_point)
            self._relays.append(relay)
            self._recorded.append(relay.recorded)
            self._by_file.update(dict.fromkeys(relay.files, relay))

    def _forget(self, relay: Relay) -> None:
        self._relays.remove(relay)
        self._past += relay.traffic
        for number in relay.files:
            del self._by_file[number]

    def _half_close(self, direction: Direction) -> None:
        for relay in list(self._relays):
            relay.half_close(direction)

    def _set_cut_point(self, point: CutPoint) -> None:
        self._wire.cut_point = point
        if point.left == 0:
            self._reached_cut_point(point)

    def _reached_cut_point(self, point: CutPoint) -> None:
        self._wire.cut_point = None
        self._end_all(point.how)
        point.done.set()

    def _end_all(self, how: Cut) -> None:
        for relay in list(self._relays):
            relay.end(how)


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.setblocking(False)
    return listener
