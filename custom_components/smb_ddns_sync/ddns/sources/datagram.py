"""One question and one answer over UDP."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import errno
from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
from typing import Final, NamedTuple, override

from ..address import Family
from ..source import NoAnswer

EXCHANGE_TIMEOUT: Final = timedelta(seconds=4)
# A datagram may be lost; each next wait is twice as long (RFC 8489 section 6.2.1, RFC 6886 3.1).
_FIRST_WAIT: Final = 0.5

NO_ROUTE: Final = frozenset(
    {
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.EADDRNOTAVAIL,
        errno.EAFNOSUPPORT,
    }
)

SOCKET_FAMILIES: Final = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}

type Read[AnswerT] = Callable[[bytes], AnswerT | None]
"""Reads an answer; None where the datagram is no answer to what was asked."""


class Peer(NamedTuple):
    """Who is asked."""

    host: str
    port: int


def why_not(error: OSError) -> NoAnswer:
    """Return what an error of a socket means."""
    if error.errno in NO_ROUTE or isinstance(error, socket.gaierror):
        return NoAnswer.UNREACHABLE
    if error.errno == errno.ECONNREFUSED:
        return NoAnswer.REFUSED
    return NoAnswer.CUT_OFF


class _Asking[AnswerT](asyncio.DatagramProtocol):
    def __init__(self, read: Read[AnswerT]) -> None:
        self._read = read
        self.answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if self.answer.done():
            return
        answer = self._read(data)
        if answer is not None:
            self.answer.set_result(answer)

    @override
    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.answer.cancel()


async def exchange[AnswerT](
    peer: Peer,
    family: Family,
    request: bytes | Callable[[IPv4Address | IPv6Address], bytes],
    read: Read[AnswerT],
    *,
    time_out: timedelta = EXCHANGE_TIMEOUT,
) -> AnswerT | NoAnswer:
    """Send a request, more than once where no answer comes, and return what `read` makes of it.

    `request` may need the address that is asked from. The socket is connected, so that only
    datagrams of that peer arrive, and bound to the family. Raises nothing but cancellation.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(time_out.total_seconds()):
            transport, asking = await loop.create_datagram_endpoint(
                lambda: _Asking(read), remote_addr=peer, family=SOCKET_FAMILIES[family]
            )
            try:
                if callable(request):
                    request = request(_own_address(transport))
                return await _until_answered(transport, asking.answer, request)
            finally:
                transport.abort()
    except TimeoutError:
        return NoAnswer.TIMED_OUT
    except OSError as error:
        return why_not(error)


def _own_address(transport: asyncio.DatagramTransport) -> IPv4Address | IPv6Address:
    return ip_address(transport.get_extra_info("sockname")[0])


async def _until_answered[AnswerT](
    transport: asyncio.DatagramTransport, answer: asyncio.Future[AnswerT], request: bytes
) -> AnswerT:
    wait = _FIRST_WAIT
    while True:
        transport.sendto(request)
        done, _ = await asyncio.wait({answer}, timeout=wait)
        if done:
            return answer.result()
        wait *= 2
