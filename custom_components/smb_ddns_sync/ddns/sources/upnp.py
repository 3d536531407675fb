"""Asking the router for its outer address over UPnP (Internet Gateway Device 1 and 2)."""

import asyncio
from typing import TYPE_CHECKING, Final

from aiohttp import ClientError
from async_upnp_client.aiohttp import AiohttpSessionRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.exceptions import UpnpError
from async_upnp_client.profiles.igd import IgdDevice
from async_upnp_client.search import async_search
from yarl import URL

from ..address import Family, Scope, parse_address, scope_of
from ..source import NoAnswer
from .upnp_events import UpnpEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from ipaddress import IPv4Address

    from aiohttp import ClientSession

    from ..address import Address

_SEARCH_SECONDS: Final = 2
_MULTICAST: Final = ("239.255.255.250", 1900)
_SSDP_PORT: Final = 1900

# The library has no type of its own for all that it can't make sense of: a description without
# what it looks for is a KeyError there, one that nests too deep a RecursionError.
_TROUBLES: Final = (
    UpnpError,
    ClientError,
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
)

# Which of the two a line has, the router decides; some offer both, and one of them knows nothing.
_CONNECTIONS: Final = ("WANIPC", "WANPPPC")


class UpnpRouter:
    """A router that is found by search and asked for its outer address.

    Invariant: only the machine at the gateway's own address is believed; any other on the network
    could claim to be a router.
    """

    def __init__(self, session: ClientSession, *, search_port: int | None = None) -> None:
        self._requester = AiohttpSessionRequester(session)
        self._factory = UpnpFactory(self._requester, non_strict=True)
        self._search_port = search_port or _SSDP_PORT
        self._device: IgdDevice | None = None
        self._gateway: IPv4Address | None = None

    async def ask(self, gateway: IPv4Address) -> Address | NoAnswer:
        """Return the outer address; raises nothing but cancellation."""
        if gateway != self._gateway:
            self._device, self._gateway = None, gateway
        known = self._device is not None
        found = await self._try(gateway)
        if isinstance(found, NoAnswer) and known:
            # Routers change their port and description with every start.
            self._device = None
            found = await self._try(gateway)
        return found

    async def follow(self, gateway: IPv4Address, changed: Callable[[], None]) -> UpnpEvents | None:
        """Have the router tell of another outer address; None where it does not.

        Raises nothing but cancellation.
        """
        try:
            device = await self._find(gateway)
            if device is None:
                return None
            return await UpnpEvents.subscribe(device.device, self._requester, gateway, changed)
        except _TROUBLES:
            return None

    async def _try(self, gateway: IPv4Address) -> Address | NoAnswer:
        try:
            if self._device is None:
                self._device = await self._find(gateway)
            if self._device is None:
                return NoAnswer.UNREACHABLE
            return await _outer_address(self._device)
        except TimeoutError:
            return NoAnswer.TIMED_OUT
        except _TROUBLES:
            return NoAnswer.CUT_OFF

    async def _find(self, gateway: IPv4Address) -> IgdDevice | None:
        for location in await self._search(gateway):
            try:
                device = await self._factory.async_create_device(location)
                return IgdDevice(device, None)
            except _TROUBLES:
                continue
        return None

    async def _search(self, gateway: IPv4Address) -> list[str]:
        """Ask everybody, and the router itself: some answer only the one or the other."""
        found: dict[str, None] = {}
        listen = _Listener(gateway, found)
        places = [(str(gateway), self._search_port)]
        if not gateway.is_loopback:
            places.append(_MULTICAST)
        async with asyncio.TaskGroup() as group:
            for place in places:
                for device in IgdDevice.DEVICE_TYPES:
                    group.create_task(_search_quietly(listen, device, place))
        return list(found)


class _Listener:
    def __init__(self, gateway: IPv4Address, found: dict[str, None]) -> None:
        self._gateway = gateway
        self._found = found

    async def __call__(self, headers: Mapping[str, str]) -> None:
        location = headers.get("location", "")
        try:
            host = URL(location).host
        except ValueError:
            return
        if host == str(self._gateway):
            self._found[location] = None


async def _search_quietly(listen: _Listener, device: str, place: tuple[str, int]) -> None:
    try:
        await async_search(listen, timeout=_SEARCH_SECONDS, search_target=device, target=place)
    except OSError:
        # No way to this place; the other one may do, and an empty search says enough.
        return


async def _outer_address(device: IgdDevice) -> Address | NoAnswer:
    found: Address | NoAnswer = NoAnswer.NOT_OFFERED
    for connection in _CONNECTIONS:
        try:
            text = await device.async_get_external_ip_address([connection])
        except UpnpError:
            # A connection of the kind that this line is not refuses.
            continue
        address = None if text is None else parse_address(text, Family.IPV4)
        if address is not None and scope_of(address) is not Scope.UNUSABLE:
            return address
        if text:
            found = address or NoAnswer.NOT_AN_ADDRESS
    return found
