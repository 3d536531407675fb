"""What the router says of its own outer side, by whichever protocol it knows."""

import asyncio
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Final, override

from ..address import Address, Family
from ..source import Answer, NoAnswer, Operator, Source, SourceId, SourceKind
from .datagram import Peer, exchange
from .port_control import (
    PORT,
    MappingNonce,
    address_request,
    map_request,
    new_nonce,
    read_address_response,
    read_map_response,
)
from .routes import default_gateway
from .upnp import UpnpRouter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from collections.abc import Set as AbstractSet
    from ipaddress import IPv4Address

    from aiohttp import ClientSession

    from .upnp_events import UpnpEvents

ROUTER: Final = SourceId("router")

_LOGGER: Final = logging.getLogger(__name__)

# It stands in the house: one that is silent for so long does not know the protocol.
_PORT_CONTROL_TIMEOUT: Final = timedelta(seconds=1.8)


type _Way = Callable[[IPv4Address], Awaitable[Address | NoAnswer]]


class RouterSource(Source):
    """The router of the default route: NAT-PMP, else UPnP, else PCP.

    PCP comes last because it tells the address only with a mapping, which opens a port for a
    moment. What worked last is tried first, so that a known router costs one question.
    """

    def __init__(
        self,
        session: ClientSession,
        *,
        gateway: Callable[[], IPv4Address | None] = default_gateway,
        port: int = PORT,
        upnp: UpnpRouter | None = None,
        time_out: timedelta = _PORT_CONTROL_TIMEOUT,
    ) -> None:
        self._gateway = gateway
        self._port = port
        self._upnp = upnp or UpnpRouter(session)
        self._time_out = time_out
        self._events: UpnpEvents | None = None
        self._ways: list[_Way] = [
            self._nat_pmp,
            self._upnp.ask,
            self._pcp,
        ]

    @property
    @override
    def id(self) -> SourceId:
        return ROUTER

    @property
    @override
    def operator(self) -> Operator:
        return Operator("router")

    @property
    @override
    def kind(self) -> SourceKind:
        return SourceKind.ROUTER

    @property
    @override
    def families(self) -> AbstractSet[Family]:
        """Return IPv4 only: no router translates IPv6, its outer address is not this site's."""
        return frozenset({Family.IPV4})

    @override
    async def ask(self, family: Family) -> Answer:
        gateway = await asyncio.to_thread(self._gateway)
        found = NoAnswer.UNREACHABLE if gateway is None else await self._find(gateway)
        _LOGGER.debug("%s says for %s: %s", self.id, family.name, found)
        return Answer(self.id, self.operator, family, found, self.kind)

    async def follow(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when the router tells of another address, where it can.

        Does nothing while that is so already. Raises nothing but cancellation; `close` ends it.
        """
        if self._events is not None and not self._events.lost:
            return
        await self.close()
        gateway = await asyncio.to_thread(self._gateway)
        if gateway is not None:
            self._events = await self._upnp.follow(gateway, changed)

    async def close(self) -> None:
        """Hear of nothing any more."""
        events, self._events = self._events, None
        if events is not None:
            await events.close()

    async def _find(self, gateway: IPv4Address) -> Address | NoAnswer:
        reasons: list[NoAnswer] = []
        for way in tuple(self._ways):
            found = await way(gateway)
            if not isinstance(found, NoAnswer):
                self._ways.sort(key=lambda each: each is not way)
                return found
            reasons.append(found)
        # A router that answered, but told nothing, says more than silence.
        return next((r for r in reasons if r not in _SILENCE), NoAnswer.NOT_OFFERED)

    async def _nat_pmp(self, gateway: IPv4Address) -> Address | NoAnswer:
        return await exchange(
            Peer(str(gateway), self._port),
            Family.IPV4,
            address_request(),
            read_address_response,
            time_out=self._time_out,
        )

    async def _pcp(self, gateway: IPv4Address) -> Address | NoAnswer:
        nonce = new_nonce()
        peer = Peer(str(gateway), self._port)
        found = await self._map(peer, nonce, end=False)
        if not isinstance(found, NoAnswer):
            await self._map(peer, nonce, end=True)
        return found

    async def _map(self, peer: Peer, nonce: MappingNonce, *, end: bool) -> Address | NoAnswer:
        return await exchange(
            peer,
            Family.IPV4,
            lambda client: map_request(client, nonce, end=end),
            lambda message: read_map_response(message, nonce),
            time_out=self._time_out,
        )


_SILENCE: Final = frozenset(
    {NoAnswer.TIMED_OUT, NoAnswer.REFUSED, NoAnswer.UNREACHABLE, NoAnswer.NOT_OFFERED}
)
