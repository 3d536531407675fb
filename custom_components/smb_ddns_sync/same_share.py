"""Which entries lead to one share, such as under its name at home and under its DDNS name."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import CONF_HOST, CONF_PORT

from .const import CONF_ADDRESSES, CONF_KIND, CONF_SHARE, DOMAIN, EntryKind
from .coordinator import share_runtime
from .share_input import stored_address
from .smb.errors import SmbError
from .smb.target import DEFAULT_PORT, Address
from .sync.names import fold

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry
    from homeassistant.core import HomeAssistant

    from .smb.client import ShareClient

PATIENCE: Final = 5.0
"""Seconds that a form waits for shares to tell which ones they are."""

type Root = tuple[int, int, int]
"""Volume, file id and time of birth (FILETIME) of a share's root.

The first two alone can be equal on two servers of one model that were set up alike.
"""


def share_entries(hass: HomeAssistant) -> list[ConfigEntry[Any]]:
    """Return the entries of all shares, in the order in which they were added."""
    return [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if entry.data[CONF_KIND] == EntryKind.SHARE
    ]


async def async_same_shares(hass: HomeAssistant) -> dict[str, str]:
    """Return for each share's entry the id of the first entry that leads to the same share.

    Entries are the same where a server's address and the share's name are, or where the roots that
    they lead to now are. A share that cannot be asked now is known by its addresses alone.
    """
    entries = share_entries(hass)
    if len(entries) < 2:  # noqa: PLR2004 - one share is only like itself
        return {entry.entry_id: entry.entry_id for entry in entries}
    roots = await asyncio.gather(*(_async_root(hass, entry.entry_id) for entry in entries))
    groups: list[tuple[str, set[object]]] = []
    same: dict[str, str] = {}
    for entry, root in zip(entries, roots, strict=True):
        marks: set[object] = {*_addresses(entry), *(() if root is None else (root,))}
        joined = [group for group in groups if group[1] & marks]
        first = joined[0][0] if joined else entry.entry_id
        for group in joined:
            groups.remove(group)
            marks |= group[1]
            same |= {entry_id: first for entry_id, known in same.items() if known == group[0]}
        groups.append((first, marks))
        same[entry.entry_id] = first
    return same


def _addresses(entry: ConfigEntry[Any]) -> set[tuple[str, int, str]]:
    data = entry.data
    first = Address(data[CONF_HOST], data.get(CONF_PORT, DEFAULT_PORT))
    further = (stored_address(text) for text in data.get(CONF_ADDRESSES, ()))
    share = fold(data[CONF_SHARE])
    return {(fold(address.host), address.port, share) for address in (first, *further)}


async def _async_root(hass: HomeAssistant, entry_id: str) -> Root | None:
    if (runtime := share_runtime(hass, entry_id)) is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE):
            return await runtime.share.connection.run(root_of)
    except SmbError, TimeoutError:
        return None


def root_of(client: ShareClient) -> Root | None:
    """Return what tells a share's root from all others; None where it has no lasting ids.

    Blocks. Raises `SmbError`.
    """
    identity, found = client.identity(""), client.look("")
    if found is None or not identity.file_id or not found.created:
        return None
    return identity.volume, identity.file_id, found.created
