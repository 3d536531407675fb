"""What a router tells unasked: UPnP's events (UPnP Device Architecture 1.1, section 4).

The router calls a small server of ours, at this machine's address towards it. An event is a reason
to look, never an answer: anybody on the network could send one.
"""

import asyncio
from contextlib import suppress
import logging
import socket
from typing import TYPE_CHECKING, Final, Self

from async_upnp_client.aiohttp import AiohttpNotifyServer
from async_upnp_client.exceptions import UpnpError
from async_upnp_client.profiles.igd import IgdDevice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from ipaddress import IPv4Address

    from async_upnp_client.client import UpnpDevice, UpnpRequester, UpnpService, UpnpStateVariable

_LOGGER: Final = logging.getLogger(__name__)

_OUTER_ADDRESS: Final = "ExternalIPAddress"
_DISCARD: Final = 9  # nothing is sent: the port only has to be one (RFC 863)


class UpnpEvents:
    """A subscription at a router, renewed until it is closed or lost."""

    def __init__(
        self, device: UpnpDevice, server: AiohttpNotifyServer, changed: Callable[[], None]
    ) -> None:
        self._router = IgdDevice(device, server.event_handler)
        self._router.on_event = self._on_event
        self._server = server
        self._changed = changed
        self._heard: str | None = None
        self.lost = False

    @classmethod
    async def subscribe(
        cls,
        device: UpnpDevice,
        requester: UpnpRequester,
        gateway: IPv4Address,
        changed: Callable[[], None],
    ) -> Self:
        """Have `changed` called when the router tells of another outer address.

        Raises `UpnpError` or `OSError` where that is not to be had.
        """
        server = AiohttpNotifyServer(requester, source=(_address_towards(gateway), 0))
        await server.async_start_server()
        events = cls(device, server, changed)
        try:
            await events._router.async_subscribe_services(auto_resubscribe=True)
        except UpnpError, asyncio.CancelledError:
            await events.close()
            raise
        return events

    async def close(self) -> None:
        """End the subscription, and the server with it."""
        # A router that has gone away can't be told, and forgets it by itself.
        with suppress(UpnpError):
            await self._router.async_unsubscribe_services()
        with suppress(UpnpError):
            await self._server.async_stop_server()

    def _on_event(self, _: UpnpService, variables: Sequence[UpnpStateVariable[str]]) -> None:
        if not variables:
            self.lost = True
            return
        for variable in variables:
            if variable.name == _OUTER_ADDRESS:
                self._take(str(variable.value))

    def _take(self, told: str) -> None:
        # The first event comes with the subscription, and only says how things are.
        before, self._heard = self._heard, told
        if before not in {None, told}:
            _LOGGER.debug("The router says that its outer address is another one")
            self._changed()


def _address_towards(gateway: IPv4Address) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect((str(gateway), _DISCARD))
        address: str = asking.getsockname()[0]
        return address
