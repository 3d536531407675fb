"""Asking one name server directly, over UDP and then TCP, with every way it can fail told.

Nothing here asks a resolver for a record: what a resolver says may be cached, or made up for one's
own network.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
import socket
from typing import TYPE_CHECKING, Final

from dns._asyncio_backend import Backend
import dns.asyncquery
import dns.exception
import dns.message
import dns.query
import dns.tsig

from . import dns_library  # noqa: F401 - for what it does

if TYPE_CHECKING:
    from .address import Address

PORT: Final = 53


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address and port at which a name server is asked."""

    address: Address
    port: int = PORT

    def __str__(self) -> str:
        if self.port == PORT:
            return str(self.address)
        host = f"[{self.address}]" if self.address.version != 4 else str(self.address)  # noqa: PLR2004 - the protocol's number
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class DnsPatience:
    """How long to wait for an answer over UDP before TCP is tried, and over TCP."""

    udp: timedelta = timedelta(seconds=3)
    tcp: timedelta = timedelta(seconds=10)


class Silence(StrEnum):
    """Why there is no answer."""

    NO_ROUTE = "no_route"  # this machine can't send to that address: nothing left
    TIMED_OUT = "timed_out"  # what was asked may have arrived
    NONSENSE = "nonsense"  # something came that is no answer to the question


@dataclass(frozen=True, slots=True)
class NoReply:
    """No answer came."""

    reason: Silence


async def ask(
    endpoint: Endpoint, question: dns.message.Message, patience: DnsPatience
) -> dns.message.Message | NoReply:
    """Send one message, and return the answer to it.

    TCP is tried where UDP brings none, or a truncated one (RFC 7766 section 5): so a question may
    arrive twice, and what it asks for has to bear that. A signed question takes only an answer
    whose signature is right, if it is signed at all: `had_tsig` tells. Raises `dns.tsig.PeerError`
    for what the server says about the signature; besides that, nothing but cancellation.
    """
    over_udp = await _ask_over_udp(endpoint, question, patience)
    if isinstance(over_udp, dns.message.Message):
        return over_udp
    over_tcp = await _ask_over_tcp(endpoint, question, patience)
    if isinstance(over_tcp, dns.message.Message):
        return over_tcp
    # What left over UDP may have arrived, whatever became of TCP.
    if over_udp is None or over_udp.reason is Silence.NO_ROUTE:
        return over_tcp
    return over_udp


async def _ask_over_udp(
    endpoint: Endpoint, question: dns.message.Message, patience: DnsPatience
) -> dns.message.Message | NoReply | None:
    """Return the answer; None where it is too long for UDP."""
    try:
        return await dns.asyncquery.udp(
            question,
            str(endpoint.address),
            patience.udp.total_seconds(),
            endpoint.port,
            ignore_unexpected=True,
            raise_on_truncation=True,
            backend=Backend(),
        )
    except dns.message.Truncated:
        return None
    except (dns.exception.DNSException, OSError, EOFError) as error:
        return _silence(error)


async def _ask_over_tcp(
    endpoint: Endpoint, question: dns.message.Message, patience: DnsPatience
) -> dns.message.Message | NoReply:
    try:
        return await dns.asyncquery.tcp(
            question,
            str(endpoint.address),
            patience.tcp.total_seconds(),
            endpoint.port,
            backend=Backend(),
        )
    except (dns.exception.DNSException, OSError, EOFError) as error:
        return _silence(error)


def _silence(error: Exception) -> NoReply:
    match error:
        case dns.tsig.PeerError():
            raise error
        case dns.exception.Timeout():
            return NoReply(Silence.TIMED_OUT)
        case ConnectionResetError() | BrokenPipeError() | EOFError():
            return NoReply(Silence.TIMED_OUT)
        case OSError():
            return NoReply(Silence.NO_ROUTE)
        case _:
            return NoReply(Silence.NONSENSE)


async def find_endpoints(host: str, port: int) -> tuple[Endpoint, ...]:
    """Return where a server that a person named is asked: its address, or those of its name.

    Empty where the name can't be found.
    """
    try:
        return (Endpoint(ip_address(host), port),)
    except ValueError:
        pass
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except OSError, UnicodeError:
        return ()
    return tuple(dict.fromkeys(Endpoint(ip_address(address[4][0]), port) for address in found))
