"""Asking STUN servers: one datagram each way, the cheapest question to the outside."""

import asyncio
from dataclasses import dataclass
import logging
import socket
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, override

from ..address import Address, Family
from ..source import NoAnswer, Operator, SourceId, SourceKind
from .asked import AskedSource
from .datagram import EXCHANGE_TIMEOUT, SOCKET_FAMILIES, Peer, exchange, why_not
from .stun_message import binding_request, new_transaction, read_binding_response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

_LOGGER: Final = logging.getLogger(__name__)

_PORT: Final = 3478  # RFC 8489 section 18.6


@dataclass(frozen=True, slots=True)
class StunServer:
    """A public STUN server. Whether it has an address of a family, its name says when asked."""

    id: SourceId
    title: str
    operator: Operator
    peer: Peer


def _server(name: str, operator: str, host: str, port: int = _PORT) -> StunServer:
    title = f"STUN: {host}"
    return StunServer(SourceId(f"stun_{name}"), title, Operator(operator), Peer(host, port))


_SERVERS: Final = (
    _server("cloudflare", "Cloudflare", "stun.cloudflare.com"),
    _server("google", "Google", "stun.l.google.com", 19302),
    _server("nextcloud", "Nextcloud", "stun.nextcloud.com"),
    _server("sipgate", "sipgate", "stun.sipgate.net"),
    _server("syncthing", "Syncthing", "stun.syncthing.net"),
    _server("threema", "Threema", "stun.threema.ch"),
    _server("1und1", "1&1", "stun.1und1.de"),
    _server("telekom", "Deutsche Telekom", "stun.t-online.de"),
    _server("framasoft", "Framasoft", "stun.framasoft.org"),
    _server("wtfismyip", "wtfismyip.com", "stun.wtfismyip.com"),
)

STUN_SERVERS: Final[Mapping[str, StunServer]] = MappingProxyType(
    {server.id: server for server in _SERVERS}
)
"""The built-in servers by id. Each is run by who the operator is, for callers of its own."""


class StunSource(AskedSource):
    """One STUN server, asked over the family that is meant."""

    def __init__(self, server: StunServer, *, time_out: timedelta = EXCHANGE_TIMEOUT) -> None:
        super().__init__(server.id, server.operator, SourceKind.STUN, frozenset(Family))
        self._server = server
        self._time_out = time_out

    @override
    async def _find(self, family: Family) -> Address | NoAnswer:
        try:
            async with asyncio.timeout(self._time_out.total_seconds()):
                peer = await _resolve(self._server.peer, family)
        except TimeoutError:
            return NoAnswer.TIMED_OUT
        except (OSError, UnicodeError) as error:
            return why_not(error) if isinstance(error, OSError) else NoAnswer.UNREACHABLE
        transaction = new_transaction()
        return await exchange(
            peer,
            family,
            binding_request(transaction),
            lambda message: read_binding_response(message, transaction, family),
            time_out=self._time_out,
        )


async def _resolve(peer: Peer, family: Family) -> Peer:
    """Return the peer by an address of the family; raise `OSError` where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(
        peer.host, peer.port, family=SOCKET_FAMILIES[family], type=socket.SOCK_DGRAM
    )
    return Peer(str(found[0][4][0]), peer.port)
