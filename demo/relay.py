"""One connection through the proxy: two sockets, and what is under way between them."""

import contextlib
import select
import socket
import struct
import time
from typing import TYPE_CHECKING

from .line import Cut, CutPoint, Direction, FrameCounter, Line, Throughput, Traffic, UnderWay

if TYPE_CHECKING:
    from collections.abc import Callable


class Wire:
    """What all connections of a proxy share."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.throughput = {direction: Throughput() for direction in Direction}
        self.cut_point: CutPoint | None = None
        self.recording = False
        self.epoll = select.epoll()


class _Flow:
    """One direction."""

    def __init__(self, source: socket.socket, sink: socket.socket, direction: Direction) -> None:
        self.source = source
        self.sink = sink
        self.direction = direction
        self.under_way = UnderWay()
        self.frames = FrameCounter()
        self.bytes = 0
        self.blocked = False  # the sink takes nothing now
        self.eof = False  # the source has said all
        self.ended = False  # and the sink has been told
        self.not_before = 0.0


class Relay:
    """A connection from a client, led on to a server. All calls come from the proxy's thread."""

    def __init__(
        self,
        wire: Wire,
        client: socket.socket,
        target: tuple[str, int],
        on_end: Callable[[Relay], None],
        on_cut: Callable[[CutPoint], None],
    ) -> None:
        self._wire = wire
        self._on_end = on_end
        self._on_cut = on_cut
        self._client = client
        self._server = socket.socket()
        for end in (client, self._server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._there = _Flow(client, self._server, Direction.TO_SERVER)
        self._back = _Flow(self._server, client, Direction.TO_CLIENT)
        self._flows = (self._there, self._back)
        # On a real line the handshake takes a round trip; here it only can show afterwards.
        self._there.not_before = time.monotonic() + 2 * wire.line.delay
        self._connected = False
        self._frozen = False
        self._draining = False
        self._closed = False
        self._client_spoke = False
        self._round_trips = 0
        self.recorded = bytearray()
        self._watched: dict[int, int] = {}  # what epoll watches each file for
        self._server.connect_ex(target)
        self._watch()

    @property
    def files(self) -> tuple[int, int]:
        """The file numbers to be watched; the client's first."""
        return self._client.fileno(), self._server.fileno()

    @property
    def traffic(self) -> Traffic:
        """What has passed; the connection itself is counted where it was accepted."""
        return Traffic(
            bytes_to_server=self._there.bytes,
            bytes_to_client=self._back.bytes,
            frames_to_server=self._there.frames.frames,
            frames_to_client=self._back.frames.frames,
            round_trips=self._round_trips,
        )

    @property
    def due(self) -> float | None:
        """When there is something to do next though no socket says so."""
        if self._frozen or self._draining or not self._connected:
            return None
        times = [
            due
            for flow in self._flows
            if not flow.blocked and (due := flow.under_way.due) is not None
        ]
        return min(times, default=None)

    def serve(self, number: int, events: int) -> None:
        """Do what a socket is ready for."""
        if self._closed or self._frozen:
            return
        incoming, outgoing = self._flows if number == self._client.fileno() else self._flows[::-1]
        try:
            if not self._connected and incoming is self._back:
                self._take_connected()
            if events & select.EPOLLOUT:
                outgoing.blocked = False
                self._push(outgoing)
            if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._pull(incoming)
        except OSError:
            self.end(Cut.RESET)  # what happens to one side happens to the other
        self._watch()

    def push_due(self) -> None:
        """Pass on what has arrived at the far end of the line."""
        try:
            for flow in self._flows:
                self._push(flow)
        except OSError:
            self.end(Cut.RESET)
        self._watch()

    def half_close(self, direction: Direction) -> None:
        """Say the end of the stream in one direction."""
        for flow in self._flows:
            if flow.direction is direction:
                flow.eof = True
                self._pass_on_end(flow)
        self._watch()

    def end(self, how: Cut) -> None:
        """End the connection for both sides."""
        if self._closed:
            return
        if how is Cut.SILENCE:
            self._frozen = True
        elif how is Cut.CLOSE and not all(flow.ended for flow in self._flows):
            # Closing a socket with unread bytes in it would send a reset, which destroys what
            # the other side has not read yet. So the end is said, and the rest is read away.
            self._frozen = False
            self._draining = True
            for flow in self._flows:
                with contextlib.suppress(OSError):
                    flow.sink.shutdown(socket.SHUT_WR)
        else:
            self.close(how)
        self._watch()

    def close(self, how: Cut = Cut.CLOSE) -> None:
        """Close both sockets at once."""
        if self._closed:
            return
        self._closed = True
        self._on_end(self)
        for number in self._watched:
            self._wire.epoll.unregister(number)
        for end in (self._client, self._server):
            if how is Cut.RESET:
                reset(end)
            else:
                end.close()

    def _take_connected(self) -> None:
        error = self._server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self.end(Cut.RESET)
        else:
            self._connected = True

    def _watch(self) -> None:
        """Tell epoll what we wait for, and nothing else, or it would never rest."""
        if self._closed:
            return
        for incoming, outgoing in (self._flows, self._flows[::-1]):
            events = 0
            if self._frozen:
                pass
            elif not self._connected:
                events = select.EPOLLOUT if incoming is self._back else 0
            else:
                if not incoming.eof and (self._draining or not self._is_full(incoming)):
                    events = select.EPOLLIN
                if outgoing.blocked:
                    events |= select.EPOLLOUT
            self._watch_for(incoming.source.fileno(), events)

    def _watch_for(self, number: int, events: int) -> None:
        watched = self._watched.get(number, 0)
        if events == watched:
            return
        if not events:  # epoll would still tell of a hang-up, again and again
            self._wire.epoll.unregister(number)
            del self._watched[number]
            return
        if watched:
            self._wire.epoll.modify(number, events)
        else:
            self._wire.epoll.register(number, events)
        self._watched[number] = events

    def _is_full(self, flow: _Flow) -> bool:
        return flow.under_way.size >= self._wire.line.capacity

    def _pull(self, flow: _Flow) -> None:
        if self._closed or flow.eof:
            return
        try:
            data = flow.source.recv(self._wire.line.chunk)
        except BlockingIOError:
            return
        if self._draining:
            flow.eof = not data
            if all(each.eof for each in self._flows):
                self.close()
            return
        if not data:
            flow.eof = True
            self._pass_on_end(flow)
            return
        now = time.monotonic()
        line = self._wire.line
        due = self._wire.throughput[flow.direction].arrival(now, len(data), line)
        flow.under_way.add(max(due, flow.not_before), memoryview(data))
        self._push(flow)

    def _push(self, flow: _Flow) -> None:
        if self._closed or self._frozen or self._draining or not self._connected:
            return
        now = time.monotonic()
        while not flow.blocked and (due := flow.under_way.due) is not None and due <= now:
            data = flow.under_way.first
            point = self._wire.cut_point
            if point is not None and point.direction is flow.direction:
                data = data[: point.left]
            else:
                point = None
            try:
                sent = flow.sink.send(data)
            except BlockingIOError:
                flow.blocked = True
                return
            self._count(flow, data[:sent])
            flow.under_way.taken(sent)
            if point is not None:
                point.left -= sent
                if point.left == 0:
                    self._on_cut(point)
                    return
        self._pass_on_end(flow)

    def _count(self, flow: _Flow, data: memoryview) -> None:
        flow.bytes += len(data)
        flow.frames.feed(data)
        if flow is self._back:
            self._client_spoke = False
            return
        if not self._client_spoke:
            self._client_spoke = True
            self._round_trips += 1
        if self._wire.recording:
            self.recorded += data

    def _pass_on_end(self, flow: _Flow) -> None:
        """Say the end of the stream, once all that came before it has been passed on."""
        if flow.eof and not flow.ended and self._connected and flow.under_way.due is None:
            flow.ended = True
            with contextlib.suppress(OSError):
                flow.sink.shutdown(socket.SHUT_WR)
            if all(each.ended for each in self._flows):
                self.close()


def reset(end: socket.socket) -> None:
    """Close a socket so that the other side gets a reset."""
    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    end.close()
