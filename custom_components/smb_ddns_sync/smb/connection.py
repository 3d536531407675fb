"""One session over one socket: chains go out, answers come back, and silence has an end.

A connection that has failed stays failed, with whatever was under way: another one is made.
"""

from contextlib import contextmanager
import socket
from threading import Lock, get_ident
from typing import TYPE_CHECKING

from .abilities import Abilities
from .credits import Credits
from .errors import Busy, ConnectionLost, SmbError, TimedOut
from .frames import FrameReader
from .framing import Framing, Heard
from .inbox import NOBODY, Exchange, Inbox
from .pending import Pending
from .sender import Sender
from .silence import Silence, Verdict
from .stopping import BrokenOff, is_over
from .waiting import collect, wait_for
from .wire_control import ECHO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .handshake import Established
    from .wire import Answer, Buffer, Chain


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
        self._pending = Pending(self._subject)
        self._left: set[int] = set()  # threads that wait no more for what they have asked here
        self._reading = False
        self._sleepers: dict[Inbox, None] = {}
        self._users = 0  # threads that use the socket now; the last one closes it
        self._failure: SmbError | None = None
        self._sender = Sender(self, sock)
        # Of the one thread that reads.
        self._frames = FrameReader(sock, self._framing.room)
        self._echo: Inbox | None = None
        self.silence = Silence(sock, deadline)

    # What it can carry

    @property
    def failed(self) -> bool:
        """Whether it is of no more use."""
        return self._failure is not None

    @property
    def left(self) -> bool:
        """Whether somebody went without his answers: it is for those only who still wait here.

        The server may hold files open for who has gone, as long as the connection stands.
        """
        return bool(self._left)

    @property
    def idle(self) -> bool:
        """Whether nothing is under way that anybody waits for."""
        with self._lock:
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
        if hold:
            self._sender.hold(parts)
        else:
            self._sender.send(parts)
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
        self._sender.flush()

    def close(self) -> None:
        """Hang up, which has the server let go of everything at once. Never waits."""
        self.fail(ConnectionLost(self._subject, "closed by us"))

    def give_up(self, why: str) -> None:
        """Fail because of time."""
        self.fail(TimedOut(self._subject, why))

    def leave(self) -> None:
        """Wait no more, in the calling thread, for anything that it has asked here.

        Where nobody else waits this hangs up, which has the server let go of everything.
        """
        with self._lock:
            thread = get_ident()
            self._left.add(thread)
            self._pending.leave(thread)
            others = bool(self._pending)
        if not others:
            self.fail(ConnectionLost(self._subject, "given up while the server was silent"))

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
            self._pending.add(exchange, first)
            return first

    def _ring_queue(self) -> None:
        for ticket in self._credits.waiting():
            if isinstance(ticket, Inbox):
                self._ring(ticket)

    # The end of waiting

    def look_up(self, since: float) -> None:
        """Raise `BrokenOff` where the calling thread is to stop and the peer is silent."""
        if is_over(self.silence.of_peer(since)):
            self.leave()
            raise BrokenOff(self._subject, "given up while the server was silent")

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
            self.silence.heard()
            for frame in frames:
                for heard in self._framing.open(frame):
                    self._deliver(heard, len(frame))
        except SmbError as error:
            self.fail(error)
            self.check()
        except OSError as error:
            self.fail(ConnectionLost(self._subject, error.strerror or str(error)))
            self.check()
        except BaseException:
            # Half a frame may be lost to us now; nothing after it could be trusted.
            self.fail(ConnectionLost(self._subject, "reading was interrupted"))
            raise
        return True

    def watch(self, since: float) -> None:
        """Ask after some silence whether anybody is there, and fail after all of it."""
        verdict = self.silence.judge(since)
        if verdict is Verdict.WAIT:
            return
        if verdict is Verdict.GIVE_UP:
            self.give_up(f"silent for {self.deadline:g} seconds")
        self.check()
        if self._echo is None or self._echo.take() is not None:
            self._try_echo()

    def check(self) -> None:
        """Raise the failure, if there is one: anew, so that each thread has its own exception."""
        with self._lock:
            self._check()

    def try_to_lead(self) -> bool:
        """Take the turn to read if nobody has it."""
        with self._lock:
            self._check()
            return self._lead()

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

    def _deliver(self, heard: Heard, size: int) -> None:
        with self._lock:
            self._credits.grant(heard.granted)
            if (told := self._pending.take(heard, size)) is not None:
                exchange, settled = told
                self._credits.settle(settled)
                if not exchange.missing:
                    exchange.inbox.ready.append(exchange)
                if not exchange.missing or not settled:
                    self._ring(exchange.inbox)
            self._ring_queue()

    def _try_echo(self) -> None:
        """Send an echo if that is possible at once."""
        inbox = Inbox()
        exchange = Exchange((ECHO,), inbox, None, [1])
        exchange.thread = NOBODY

        def frame() -> list[Buffer] | None:
            with self._lock:
                first = self._credits.take(1)
                if first is None:
                    return None
                self._pending.add(exchange, first)
            self._echo = inbox
            return self._framing.build((ECHO,), [1], first, 0)

        self._sender.try_to_send(frame)

    # The end

    def _check(self) -> None:
        if self._failure is not None:
            raise type(self._failure)(self._failure.subject, self._failure.detail)
        if self._left and get_ident() in self._left:
            raise BrokenOff(self._subject, "given up while the server was silent")

    @contextmanager
    def using(self) -> Iterator[None]:
        """Keep the socket's number from being closed; what it raises is the connection's end."""
        with self._lock:
            self._check()
            self._users += 1
        try:
            yield
        except OSError as error:
            self.fail(ConnectionLost(self._subject, error.strerror or str(error)))
            self.check()
        finally:
            with self._lock:
                self._users -= 1
                self._close_socket()

    def fail(self, error: SmbError) -> None:
        """Be of no more use: everybody who waits is told, and the socket is closed."""
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
