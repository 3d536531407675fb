"""From addresses to a connected socket: names looked up anew, candidates raced (RFC 8305)."""

from dataclasses import dataclass
import errno
from ipaddress import ip_address
from itertools import chain, zip_longest
import os
from queue import Empty, SimpleQueue
import select
import socket
from threading import Thread
import time
from typing import TYPE_CHECKING, Final

from .errors import (
    ConnectionFailed,
    ConnectionLost,
    NotSmb,
    Refused,
    SmbError,
    TimedOut,
    Unreachable,
    Unresolved,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .target import Address

_STAGGER: Final = 0.25  # seconds before the next candidate joins the race (RFC 8305 § 5)
_LOOKUP_GRACE: Final = 0.3  # that a worse address waits for the name of a better one
_TICK: Final = 0.01  # while a name is being looked up
_LONGEST_TICK: Final = 0.1  # before it is asked again whether the dial is still wanted

_KEEPALIVE_IDLE: Final = 15
_KEEPALIVE_INTERVAL: Final = 5
_KEEPALIVE_COUNT: Final = 3

_TELLING: Final[tuple[type[SmbError], ...]] = (Unresolved, Unreachable, TimedOut, Refused, NotSmb)
"""From what tells least about the server to what tells most."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """A connected socket and what it leads to."""

    sock: socket.socket
    address: Address
    peer: str

    def break_off(self) -> None:
        """End what another thread does with the socket, which stays that thread's to close."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the peer was faster


@dataclass(frozen=True, slots=True)
class _Candidate:
    address: Address
    family: int
    where: tuple[str, int] | tuple[str, int, int, int]


type _Found = tuple[int, list[_Candidate] | ConnectionFailed]


def most_telling(errors: Iterable[SmbError]) -> SmbError:
    """Return the error that says most about the server; the first of equals."""

    def rank(error: SmbError) -> int:
        return next(
            (rank for rank, kind in enumerate(_TELLING) if isinstance(error, kind)), len(_TELLING)
        )

    return max(errors, key=rank)


def dial(
    addresses: Sequence[Address],
    until: float,
    deadline: float,
    *,
    unwanted: Callable[[], bool] = lambda: False,
) -> Dialled:
    """Return a connection to the best address that answers before `until` (of the monotonic clock).

    A better address has a head start, not a veto: one that is slow or dead costs fractions of a
    second. `deadline`, in seconds, is after how long unacknowledged data ends the connection.
    `unwanted` is asked all the time whether to give up. Raises `ConnectionFailed` by cause.
    """
    race = _Race(addresses, until, unwanted)
    try:
        dialled = race.run()
    finally:
        race.close()
    _tune(dialled.sock, deadline)
    return dialled


def _tune(sock: socket.socket, deadline: float) -> None:
    """Send at once, and have the kernel notice a dead peer in seconds."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _KEEPALIVE_IDLE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _KEEPALIVE_INTERVAL)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _KEEPALIVE_COUNT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(deadline * 1000))


def _look_up(address: Address) -> list[_Candidate]:
    """Return the ways to an address, its families in turn, the system's favourite first."""
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise Unresolved(address.host, getattr(error, "strerror", None) or str(error)) from None
    families: dict[int, list[_Candidate]] = {}
    for family, _, _, _, where in found:
        if family in {socket.AF_INET, socket.AF_INET6} and isinstance(where[0], str):
            families.setdefault(family, []).append(_Candidate(address, family, where))
    if not families:
        raise Unresolved(address.host, "it has no IP address")
    return [way for way in chain.from_iterable(zip_longest(*families.values())) if way]


def _failure(address: Address, number: int) -> ConnectionFailed:
    detail = os.strerror(number)
    match number:
        case errno.ECONNREFUSED:
            return Refused(str(address), detail)
        case errno.ETIMEDOUT:
            return TimedOut(str(address), detail)
        case _:
            return Unreachable(str(address), detail)


class _Race:
    """One dial. Lookups have threads that may outlive it: a resolver cannot be interrupted."""

    def __init__(
        self, addresses: Sequence[Address], until: float, unwanted: Callable[[], bool]
    ) -> None:
        self._addresses = addresses
        self._until = until
        self._unwanted = unwanted
        self._found: SimpleQueue[_Found] = SimpleQueue()
        self._waiting: list[list[_Candidate] | None] = [None] * len(
            addresses
        )  # None: being looked up
        self._errors: dict[int, list[ConnectionFailed]] = {}
        self._running: dict[int, tuple[socket.socket, _Candidate]] = {}
        self._poll = select.poll()

    def run(self) -> Dialled:
        started = time.monotonic()
        for index, address in enumerate(self._addresses):
            self._start_lookup(index, address)
        next_start = started
        while (now := time.monotonic()) < self._until:
            if self._unwanted():
                raise ConnectionLost(str(self._addresses[0]), "the dial is not wanted any more")
            self._take_lookups()
            candidate = None
            if now >= next_start or not self._running:
                candidate = self._next_candidate(grace_over=now >= started + _LOOKUP_GRACE)
            if candidate is not None:
                next_start = now + _STAGGER
                winner = self._start(candidate)
            elif self._lost_all:
                raise self._verdict()
            else:
                winner = self._await(self._pause(now, next_start))
            if winner is not None:
                return winner
        raise self._timed_out()

    @property
    def _looking(self) -> bool:
        return any(waiting is None for waiting in self._waiting)

    @property
    def _lost_all(self) -> bool:
        return not self._running and not self._looking and not any(self._waiting)

    def _pause(self, now: float, next_start: float) -> float:
        """Return how long nothing but an answer can happen, in seconds."""
        left = min(_LONGEST_TICK, self._until - now)
        if self._looking:
            return min(left, _TICK)
        return min(left, max(0.0, next_start - now)) if any(self._waiting) else left

    def close(self) -> None:
        """Give up those that still run."""
        for sock, _ in self._running.values():
            sock.close()

    def _start_lookup(self, index: int, address: Address) -> None:
        def look_up() -> None:
            try:
                self._found.put((index, _look_up(address)))
            except ConnectionFailed as error:
                self._found.put((index, error))
            except Exception as error:  # noqa: BLE001 - the dial must hear of it, whatever it is
                self._found.put((index, Unresolved(address.host, repr(error))))

        try:
            ip_address(address.host)
        except ValueError:
            Thread(target=look_up, name=f"look up {address.host}", daemon=True).start()
        else:
            look_up()

    def _take_lookups(self) -> None:
        try:
            while True:
                index, found = self._found.get_nowait()
                if isinstance(found, ConnectionFailed):
                    self._errors.setdefault(index, []).append(found)
                    self._waiting[index] = []
                else:
                    self._waiting[index] = found
        except Empty:
            return

    def _next_candidate(self, *, grace_over: bool) -> _Candidate | None:
        for waiting in self._waiting:
            if waiting:
                return waiting.pop(0)
            if waiting is None and not grace_over:
                return None
        return None

    def _start(self, candidate: _Candidate) -> Dialled | None:
        try:
            sock = socket.socket(candidate.family, socket.SOCK_STREAM)
        except OSError as error:
            self._lost(candidate, error.errno or 0)
            return None
        sock.setblocking(False)
        number = sock.connect_ex(candidate.where)
        if number == 0:
            return self._won(sock, candidate)
        if number != errno.EINPROGRESS:
            sock.close()
            self._lost(candidate, number)
            return None
        self._running[sock.fileno()] = (sock, candidate)
        self._poll.register(sock, select.POLLOUT)
        return None

    def _await(self, seconds: float) -> Dialled | None:
        for fileno, _ in self._poll.poll(max(1, int(seconds * 1000))):
            self._poll.unregister(fileno)
            sock, candidate = self._running.pop(fileno)
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number == 0:
                return self._won(sock, candidate)
            sock.close()
            self._lost(candidate, number)
        return None

    def _won(self, sock: socket.socket, candidate: _Candidate) -> Dialled:
        return Dialled(sock, candidate.address, candidate.where[0])

    def _lost(self, candidate: _Candidate, number: int) -> None:
        index = self._addresses.index(candidate.address)
        self._errors.setdefault(index, []).append(_failure(candidate.address, number))

    def _timed_out(self) -> SmbError:
        for index, waiting in enumerate(self._waiting):
            if waiting is None:
                subject = self._addresses[index].host
                self._errors.setdefault(index, []).append(
                    Unresolved(subject, "the name servers do not answer")
                )
        for _, candidate in self._running.values():
            self._lost(candidate, errno.ETIMEDOUT)
        return self._verdict()

    def _verdict(self) -> SmbError:
        return most_telling(
            error for index in sorted(self._errors) for error in self._errors[index]
        )
