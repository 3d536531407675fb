"""Servers that announce themselves on the network, and which of them are known already.

An announcement (`_smb._tcp.local.`, RFC 6763) proves nothing: whoever is on the network may send
one. So a known server is followed to another address only while its own ones are silent, only under
the name that it announced before, and only once what answers there has shown that it knows the
password, which signing proves, and has the very root that the share had.
"""

from dataclasses import dataclass
import logging
import socket
from typing import TYPE_CHECKING, Any, Self

from homeassistant.const import CONF_HOST, CONF_PORT

from .const import CONF_ADDRESSES, CONF_SHARE
from .coordinator import share_runtime
from .same_share import Root, root_of, share_entries
from .share import share_target
from .share_form import share_title, share_unique_id
from .share_input import stored_address
from .smb.client import ShareClient
from .smb.errors import ConnectionFailed, SmbError
from .smb.target import DEFAULT_PORT, Address
from .sync.names import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

    from .coordinator import ShareRuntime
    from .smb.target import ShareTarget

_LOGGER = logging.getLogger(__name__)

_DEADLINE = 10.0
"""Seconds that a server may take to prove which one it is."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a server says of itself."""

    name: str
    """What people call it."""
    host: str
    """Its name in multicast DNS, without the dot at the end: it stays when addresses change."""
    hosts: tuple[str, ...]
    """Its IP addresses, the one to use first: IPv4 where there is one."""
    port: int

    @classmethod
    def of(cls, info: ZeroconfServiceInfo) -> Self | None:
        """Return what was announced; None where there is nothing to connect to."""
        found = sorted({info.ip_address, *info.ip_addresses}, key=lambda each: each.version)
        hosts = [each for each in found if not (each.is_link_local or each.is_unspecified)]
        host = info.hostname.rstrip(".")
        if not hosts or not host:
            return None
        name = info.name.removesuffix(f".{info.type}") or host
        return cls(name, host, tuple(str(each) for each in hosts), info.port or DEFAULT_PORT)

    @property
    def address(self) -> Address:
        """Return where to connect to."""
        return Address(self.hosts[0], self.port)

    @property
    def unique_id(self) -> str:
        """Return what stays of the server, so that what the user ignores stays ignored."""
        return f"server:{fold(self.host)}:{self.port}"

    def is_at(self, address: Address) -> bool:
        """Tell whether an address is one of this server's, by its text."""
        first = fold(self.host)
        names = {first, first.removesuffix(fold(".local")), *self.hosts}
        return address.port == self.port and fold(address.host) in names

    @property
    def is_ours(self) -> bool:
        """Whether it is the file server of this very machine.

        Another port here is that of a container, which may well be worth syncing with.
        """
        return self.port == DEFAULT_PORT and any(_is_local(host) for host in self.hosts)


def _is_local(host: str) -> bool:
    """Tell whether an IP address is one of this machine's: only those can be bound to."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((host, 0))
        except OSError:
            return False
    return True


def addresses_of(entry: ConfigEntry[Any]) -> tuple[Address, ...]:
    """Return the addresses of a share's entry in their order."""
    data = entry.data
    first = Address(data[CONF_HOST], data.get(CONF_PORT, DEFAULT_PORT))
    return (first, *(stored_address(text) for text in data.get(CONF_ADDRESSES, ())))


async def async_follow_known(hass: HomeAssistant, found: Announcement) -> bool:
    """Tell whether a server is known; take its new address over where it has moved."""
    at_home = [entry for entry in share_entries(hass) if _is_at(hass, entry, found)]
    for entry in at_home:
        if (runtime := share_runtime(hass, entry.entry_id)) is not None:
            await runtime.store.async_keep_server(found.host, str(found.address))
    moved = [entry for entry in share_entries(hass) if _has_name(hass, entry, found)]
    if not at_home:
        for entry in moved:
            await _async_follow(hass, entry, found)
    return bool(at_home or moved)


def _is_at(hass: HomeAssistant, entry: ConfigEntry[Any], found: Announcement) -> bool:
    """Tell whether a share is on the server: by its addresses, or by where it is connected to."""
    if any(found.is_at(address) for address in addresses_of(entry)):
        return True
    runtime = share_runtime(hass, entry.entry_id)
    health = None if runtime is None else runtime.share.data
    if health is None or health.facts is None:
        return False
    return health.facts.peer in found.hosts and health.facts.address.port == found.port


def _has_name(hass: HomeAssistant, entry: ConfigEntry[Any], found: Announcement) -> bool:
    runtime = share_runtime(hass, entry.entry_id)
    return runtime is not None and fold(runtime.store.server_name) == fold(found.host)


async def _async_follow(hass: HomeAssistant, entry: ConfigEntry[Any], found: Announcement) -> None:
    """Take the address over if the share is silent where it was, and proves to be there."""
    runtime = share_runtime(hass, entry.entry_id)
    if runtime is None or not _is_silent(runtime) or not runtime.share.may_try(found.address):
        return
    target, root = _at(entry.data, found.address), runtime.store.root
    if root is None:
        return
    proved = await hass.async_add_executor_job(is_there, target, root)
    if proved is None:
        return  # it is announced again once it answers
    if not proved:
        runtime.share.note_stranger(found.address)
        _LOGGER.warning(
            "%s announces itself at %s, but what answers there did not prove to be the share %s",
            found.name,
            found.address,
            entry.title,
        )
        return
    stale = stored_address(runtime.store.server_address)
    data = _moved(entry.data, stale, found.address)
    await runtime.store.async_keep_server(found.host, str(found.address))
    _LOGGER.info("The share %s is at %s now", entry.title, found.address)
    own_title = entry.title != share_title(entry.data)
    hass.config_entries.async_update_entry(
        entry,
        data=data,
        unique_id=share_unique_id(data),
        title=entry.title if own_title else share_title(data),
    )


def _is_silent(runtime: ShareRuntime) -> bool:
    health = runtime.share.data
    return health is not None and health.facts is None


def _at(data: Mapping[str, Any], address: Address) -> ShareTarget:
    """Return the share, looked for at one address only."""
    return share_target(
        {**data, CONF_HOST: address.host, CONF_PORT: address.port, CONF_ADDRESSES: []}
    )


def _moved(data: Mapping[str, Any], stale: Address, address: Address) -> dict[str, Any]:
    """Return an entry's data with the address in place of the stale one, and nowhere else.

    Names stay, and so does the order. Where the user has removed the stale one, the new one comes
    last.
    """
    first = Address(data[CONF_HOST], data.get(CONF_PORT, DEFAULT_PORT))
    if first == stale:
        return {**data, CONF_HOST: address.host, CONF_PORT: address.port}
    further = list(data.get(CONF_ADDRESSES, ()))
    if any(stored_address(text) == stale for text in further):
        texts = [str(address) if stored_address(text) == stale else text for text in further]
        return {**data, CONF_ADDRESSES: texts}
    return {**data, CONF_ADDRESSES: [*further, str(address)]}


def is_there(target: ShareTarget, root: Root) -> bool | None:
    """Tell whether a share with that root answers, or None where nothing answers.

    Blocks, no longer than its deadline.
    """
    client = ShareClient(target, deadline=_DEADLINE)
    try:
        return root_of(client) == root
    except ConnectionFailed:
        return None
    except SmbError:
        return False
    finally:
        client.close()


async def async_add_to_same(hass: HomeAssistant, data: Mapping[str, Any]) -> str | None:
    """Give a share that is set up under another address this one, too, as the last.

    Return the title of its entry; None where the share is none that is set up.
    """
    address = Address(data[CONF_HOST], data[CONF_PORT])
    for entry in share_entries(hass):
        runtime = share_runtime(hass, entry.entry_id)
        root = None if runtime is None else runtime.store.root
        if root is None or fold(entry.data[CONF_SHARE]) != fold(data[CONF_SHARE]):
            continue
        if await hass.async_add_executor_job(is_there, _at(data, address), root):
            further = [*entry.data.get(CONF_ADDRESSES, ()), str(address)]
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_ADDRESSES: further}
            )
            return entry.title
    return None
