"""One session over one socket: chains go out, answers come back, and silence has an end.

A connection that has failed stays failed, with whatever was under way: another one is made.
"""

from fcntl import ioctl
import select
import socket
from struct import Struct
from termios import TIOCOUTQ
from threading import Lock
import time
from typing import TYPE_CHECKING, Final

from .abilities import Abilities
from .credits import Credits
from .errors import BadAnswer, Busy, ConnectionLost, SmbError, TimedOut
from .frames import FrameReader
from .framing import Framing, Heard
from .inbox import Exchange, Inbox
from .status import PENDING
from .waiting import collect, wait_for
from .wire import Answer, Buffer, Chain
from .wire_control import ECHO

if TYPE_CHECKING:
    from .handshake import Established

_INT: Final = Struct("@i")
_ECHO_PART: Final = 3  # of a deadline: after so much silence we ask whether anybody is there
_SEND_PATIENCE: Final = 4  # deadlines that another thread's sending may take
_HELD_FRAMES: Final = 64
_HELD_BYTES: Final = 256 * 1024


class Connection:
    """A session on a share. All methods may be called from any thread.

    `deadline` is the time in seconds within which something must come from the peer or go to it
    while anybody waits for it.
    """

    def __init__(self, sock: socket.socket, established: Established, deadline: float) -> None:
        sock.setblocking(False)
        self.facts = established.facts
        self.writable = established.writable
        self.session_id = established.session_id
        self.able = Abilities()
        self.deadline = deadline
        self._subject = str(established.facts.address)
        self._sock = sock
        self._framing = Framing(established, self._subject)
        # Guards everything up to the failure; never held while waiting.
        self._lock = Lock()
        self._credits = Credits(
            established.next_id, established.credits, multi=established.multi_credit
        )
        self._pending: dict[int, tuple[Exchange, int]] = {}
        self._reading = False
        self._sleepers: dict[Inbox, None] = {}
        self._held: list[Buffer] = []
        self._held_size = 0
        self._users = 0  # threads that use the socket now; the last one closes it
        self._failure: SmbError | None = None
        # Of the one thread that sends.
        self._sending = Lock()
        self._write_poll = select.poll()
        self._write_poll.register(sock, select.POLLOUT)
        self._both_poll = select.poll()
        self._both_poll.register(sock, select.POLLIN | select.POLLOUT)
        # Of the one thread that reads.
        self._frames = FrameReader(sock, self._framing.room)
        self._echo: Inbox | None = None
        self._moved = time.monotonic()  # when something last came or went
        self._unsent = 0

    # What it can carry

    @property
    def failed(self) -> bool:
        """Whether it is of no more use."""
        return self._failure is not None

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._pending

    @property
    def window(self) -> int:
        """The credits that the server lets us have: how much may be under way."""
        return self._credits.total

    def room(self, negotiated: int, most: int) -> int:
        """Return the bytes that one request may carry, of what is negotiated, `most` at most."""
        return max(1, min(negotiated, most, self._credits.largest()))

    # Asking

    def submit(
        self,
        chain: Chain,
        inbox: Inbox,
        owner: object = None,
        *,
        bulk: bool = False,
        hold: bool = False,
    ) -> Exchange:
        """Send a chain. Waits for credits and for room in the socket, never for the answer.

        The exchange comes to the inbox when all its answers are there. With `hold` the frame may
        stay here until somebody waits or flushes, so that several go together. Raises
        `ConnectionFailed`, or `Busy` where the server grants too few credits for it.
        """
        charge = self._credits.charge
        charges = [charge(request.weight) for request in chain]
        exchange = Exchange(chain, inbox, owner, charges)
        first = self._take(exchange, bulk=bulk)
        parts = self._framing.build(chain, charges, first, self._credits.ask(0))
        if not (hold and self._hold(parts)):
            self._transmit(parts)
        return exchange

    def collect(self, inbox: Inbox, *, patience: float | None = None) -> Exchange:
        """Return the next finished exchange of an inbox; raises `ConnectionFailed`."""
        return collect((self,), inbox, patience=patience)

    def ask(self, chain: Chain) -> tuple[Answer, ...]:
        """Send a chain and return its answers."""
        inbox = Inbox()
        self.submit(chain, inbox)
        return self.collect(inbox).result()

    def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self._transmit([])

    def close(self) -> None:
        """Hang up, which has the server let go of everything at once. Never waits."""
        self._fail(ConnectionLost(self._subject, "closed by us"))

    def give_up(self, why: str) -> None:
        """Fail because of time."""
        self._fail(TimedOut(self._subject, why))

    # Credits and message ids

    def _take(self, exchange: Exchange, *, bulk: bool) -> int:
        if (first := self._try_take(exchange, None, bulk=bulk)) is not None:
            return first
        ticket = Inbox()
        with self._lock:
            self._credits.enter(ticket, bulk=bulk)
        try:
            return wait_for((self,), ticket, lambda: self._try_take(exchange, ticket, bulk=bulk))
        finally:
            with self._lock:
                self._credits.leave(ticket)
                self._ring_queue()

    def _try_take(self, exchange: Exchange, ticket: Inbox | None, *, bulk: bool) -> int | None:
        total = sum(exchange.charges)
        with self._lock:
            self._check()
            first = self._credits.take(total, bulk=bulk, ticket=ticket)
            if first is None:
                if self._credits.idle and self._credits.free < total:
                    raise Busy(
                        self._subject,
                        f"it takes {total} credits and there are {self._credits.free}",
                    )
                return None
            message_id = first
            for index, charge in enumerate(exchange.charges):
                self._pending[message_id] = (exchange, index)
                message_id += charge
            return first

    def _ring_queue(self) -> None:
        for ticket in self._credits.waiting():
            if isinstance(ticket, Inbox):
                self._ring(ticket)

    # Sending

    def _hold(self, parts: list[Buffer]) -> bool:
        """Keep a small frame to be sent with others; False where it has to go now."""
        with self._lock:
            self._held.append(b"".join(parts))
            self._held_size += len(self._held[-1])
            full = len(self._held) >= _HELD_FRAMES or self._held_size >= _HELD_BYTES
        if full:
            self.flush()
        return True

    def _transmit(self, parts: list[Buffer]) -> None:
        if not self._sending.acquire(timeout=_SEND_PATIENCE * self.deadline):
            self.give_up("nothing could be sent")
            self.check()
        try:
            with self._lock:
                self._check()
                self._users += 1
                held, self._held, self._held_size = self._held, [], 0
            try:
                self._send([*held, *parts])
            except OSError as error:
                self._fail(ConnectionLost(self._subject, error.strerror or str(error)))
                self.check()
            finally:
                self._leave()
        finally:
            self._sending.release()

    def _send(self, parts: list[Buffer]) -> None:
        views = [memoryview(part) for part in parts if part]
        since = time.monotonic()
        while views:
            try:
                sent = self._sock.sendmsg(views)
            except BlockingIOError:
                self._until_writable(since)
                continue
            self._moved = since = time.monotonic()
            while views and sent >= len(views[0]):
                sent -= len(views[0])
                del views[0]
            if sent:
                views[0] = views[0][sent:]

    def _until_writable(self, since: float) -> None:
        """Wait for room to send; read meanwhile, as the peer may wait for just that."""
        milliseconds = int(1000 * self.deadline / _ECHO_PART / 2) or 1
        with self._lock:
            self._check()
            lead = self._lead()
        if not lead:
            self._write_poll.poll(milliseconds)
        else:
            try:
                ready = self._both_poll.poll(milliseconds)
                if ready and ready[0][1] & ~select.POLLOUT:
                    self.read()
            finally:
                self.end_turn()
        self.watch(since)

    # The turn to read, for those who wait

    def fileno(self) -> int:
        """Return the socket's number, for as long as the turn is held."""
        return self._sock.fileno()

    def take_turn(self, inbox: Inbox) -> bool:
        """Take the turn to read; where another thread has it, have the inbox rung."""
        with self._lock:
            self._check()
            if self._lead():
                return True
            self._sleepers[inbox] = None
            return False

    def end_turn(self) -> None:
        """Give the turn up, and wake one of those that sleep, to take it."""
        with self._lock:
            self._reading = False
            self._users -= 1
            if (inbox := next(iter(self._sleepers), None)) is not None:
                self._ring(inbox)
            self._close_socket()

    def stop_sleeping(self, inbox: Inbox) -> None:
        """Have the inbox rung no more."""
        with self._lock:
            self._sleepers.pop(inbox, None)

    def read(self) -> bool:
        """Take what has come; tell whether anything had. Only by the thread that has the turn."""
        try:
            frames = self._frames.receive()
            if frames is None:
                return False
            self._moved = time.monotonic()
            for frame in frames:
                for heard in self._framing.open(frame):
                    self._deliver(heard)
        except SmbError as error:
            self._fail(error)
            self.check()
        except OSError as error:
            self._fail(ConnectionLost(self._subject, error.strerror or str(error)))
            self.check()
        except BaseException:
            # Half a frame may be lost to us now; nothing after it could be trusted.
            self._fail(ConnectionLost(self._subject, "reading was interrupted"))
            raise
        return True

    def watch(self, since: float) -> None:
        """Ask after some silence whether anybody is there, and fail after all of it."""
        now = time.monotonic()
        silence = now - max(self._moved, since)
        if silence < self.deadline / _ECHO_PART:
            return
        unsent = self._bytes_unsent()
        if unsent < self._unsent:  # slow, but the peer takes what we send
            self._moved = now
        self._unsent = unsent
        if silence >= self.deadline:
            self.give_up(f"silent for {self.deadline:g} seconds")
        self.check()
        if self._echo is None or self._echo.take() is not None:
            self._try_echo()

    def check(self) -> None:
        """Raise the failure, if there is one: anew, so that each thread has its own exception."""
        with self._lock:
            self._check()

    def _lead(self) -> bool:
        if self._reading:
            return False
        self._reading = True
        self._users += 1
        return True

    def _ring(self, inbox: Inbox) -> None:
        if inbox in self._sleepers:
            del self._sleepers[inbox]
            inbox.ring()

    def _deliver(self, heard: Heard) -> None:
        with self._lock:
            self._credits.grant(heard.granted)
            waiting = self._pending.get(heard.message_id)
            if waiting is not None and heard.status == PENDING:
                waiting[0].accepted = True
                self._ring(waiting[0].inbox)
            elif waiting is not None:
                exchange, index = waiting
                if exchange.chain[index].command != heard.command:
                    raise BadAnswer(self._subject, "an answer of another kind than asked for")
                del self._pending[heard.message_id]
                self._credits.settle(exchange.charges[index])
                exchange.answers[index] = Answer(heard.status, heard.message)
                exchange.missing -= 1
                if not exchange.missing:
                    exchange.inbox.ready.append(exchange)
                    self._ring(exchange.inbox)
            self._ring_queue()

    def _try_echo(self) -> None:
        """Send an echo if that is possible at once."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            if not self._write_poll.poll(0):
                return
            inbox = Inbox()
            exchange = Exchange((ECHO,), inbox, None, [1])
            with self._lock:
                first = self._credits.take(1)
                if first is None:
                    return
                self._pending[first] = (exchange, 0)
            self._echo = inbox
            self._send(self._framing.build((ECHO,), [1], first, 0))
        finally:
            self._sending.release()

    def _bytes_unsent(self) -> int:
        count: int = _INT.unpack(ioctl(self._sock, TIOCOUTQ, _INT.pack(0)))[0]
        return count

    # The end

    def _check(self) -> None:
        if self._failure is not None:
            raise type(self._failure)(self._failure.subject, self._failure.detail)

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            self._close_socket()

    def _fail(self, error: SmbError) -> None:
        with self._lock:
            if self._failure is None:
                self._failure = error
                for inbox in tuple(self._sleepers):
                    self._ring(inbox)
            self._close_socket()

    def _close_socket(self) -> None:
        if self._failure is None or self._sock.fileno() < 0:
            return
        if self._users:
            try:
                self._sock.shutdown(socket.SHUT_RDWR)  # wakes those that wait on it
            except OSError:
                return  # the peer was faster
        else:
            self._sock.close()
