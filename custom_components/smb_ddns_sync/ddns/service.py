"""Whether a service answers at an address: by this one site judges whether the other one lives."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum
import errno
import ssl
import struct
from typing import TYPE_CHECKING, Final

from .standby import Evidence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .names import DnsName


class ServiceKind(StrEnum):
    """How a service is asked. Nothing is told to it that is secret."""

    TCP = "tcp"  # it takes a connection
    TLS = "tls"  # it shows a certificate, whichever
    SMB = "smb"  # it answers the first message of SMB 2
    HTTP = "http"  # it answers a request, and not with a fault of its own


@dataclass(frozen=True, slots=True)
class Service:
    """What answers at a living site. Raises `ValueError` for a port that there is not."""

    kind: ServiceKind
    port: int

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:  # noqa: PLR2004 - 16 bits
            raise ValueError("a port is a number from 1 to 65535")


_TIME: Final = 8.0  # seconds, for all of it
_MOST_BYTES: Final = 4096

# What this machine itself has no way to says nothing about the other end.
_NO_WAY_FROM_HERE: Final = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
)


def _any_certificate() -> ssl.SSLContext:
    # Whether somebody is there is asked, not who: nothing is sent over it.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


_ANY_CERTIFICATE: Final = _any_certificate()


async def look_for(service: Service, host: str, name: DnsName) -> Evidence:
    """Tell whether the service answers at a host. Nothing but cancellation is raised."""
    try:
        async with asyncio.timeout(_TIME):
            answered = await _ASK[service.kind](host, service.port, name)
    except OSError as error:  # a time-out, a refusal and a broken handshake are such errors as well
        return Evidence.UNKNOWN if error.errno in _NO_WAY_FROM_HERE else Evidence.DEAD
    except (
        EOFError,
        ValueError,
        asyncio.LimitOverrunError,
    ):  # the connection ended, or what came is no answer
        return Evidence.DEAD
    return Evidence.ALIVE if answered else Evidence.DEAD


async def _connects(host: str, port: int, name: DnsName) -> bool:  # noqa: ARG001 - as the others
    _, writer = await asyncio.open_connection(host, port)
    writer.transport.abort()
    return True


async def _shows_certificate(host: str, port: int, name: DnsName) -> bool:
    _, writer = await asyncio.open_connection(
        host, port, ssl=_ANY_CERTIFICATE, server_hostname=name.removeprefix("*.")
    )
    writer.transport.abort()
    return True


async def _negotiates(host: str, port: int, name: DnsName) -> bool:  # noqa: ARG001 - as the others
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_NEGOTIATE)
        head = await reader.readexactly(4 + 64)
    finally:
        writer.transport.abort()
    # Also a server that takes none of these dialects answers with the head of SMB 2.
    return head[4:8] == _SMB2


async def _answers_http(host: str, port: int, name: DnsName) -> bool:
    reader, writer = await asyncio.open_connection(host, port, limit=_MOST_BYTES)
    try:
        asked = f"HEAD / HTTP/1.1\r\nHost: {name.removeprefix('*.')}\r\nConnection: close\r\n\r\n"
        writer.write(asked.encode())
        line = await reader.readuntil(b"\n")
    finally:
        writer.transport.abort()
    match line.split():
        case [version, status, *_] if version.startswith(b"HTTP/1."):
            return 100 <= int(status) < 500  # noqa: PLR2004 - RFC 9110 section 15
        case _:
            return False


_ASK: Final[dict[ServiceKind, Callable[[str, int, DnsName], Awaitable[bool]]]] = {
    ServiceKind.TCP: _connects,
    ServiceKind.TLS: _shows_certificate,
    ServiceKind.SMB: _negotiates,
    ServiceKind.HTTP: _answers_http,
}

_SMB2: Final = b"\xfeSMB"
# MS-SMB2 2.2.1.2 and 2.2.3: a negotiation of the dialects 2.0.2 to 3.0.2, signing enabled, after
# the length that MS-SMB2 2.1 puts before each message over TCP.
_DIALECTS: Final = (0x0202, 0x0210, 0x0300, 0x0302)


def _negotiate() -> bytes:
    head = struct.pack("<4sHHIHHIIQIIQ16s", _SMB2, 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b"")
    body = struct.pack("<HHHHI16sQ", 36, len(_DIALECTS), 1, 0, 0, b"smb-ddns-standby", 0)
    message = head + body + struct.pack(f"<{len(_DIALECTS)}H", *_DIALECTS)
    return struct.pack(">I", len(message)) + message


_NEGOTIATE: Final = _negotiate()
