"""What an entry remembers over restarts, in one versioned file of Home Assistant's storage.

It holds what was seen and decided, never what is secret: the last addresses, the ledger of each
record, which records and jobs the user switched off, and until when.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, Final, NotRequired, TypedDict

from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .ddns.address import Addresses, Family, parse_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.core import HomeAssistant

STORAGE_VERSION: Final = 1


class _Remembered(TypedDict):
    """The file, as JSON. A key that is missing was never set."""

    ipv4: NotRequired[str]
    ipv6: NotRequired[str]
    last_change: NotRequired[str]
    ledgers: NotRequired[dict[str, dict[str, Any]]]
    standbys: NotRequired[dict[str, dict[str, Any]]]
    switched_off: NotRequired[list[str]]
    server_name: NotRequired[str]
    server_address: NotRequired[str]
    root: NotRequired[list[int]]
    silent_since: NotRequired[str]
    paused_until: NotRequired[dict[str, str]]


@dataclass(frozen=True, slots=True)
class KnownAddresses:
    """The addresses that this site had last, and when one of them last changed."""

    addresses: Addresses = field(default_factory=Addresses)
    last_change: datetime | None = None


class EntryStore:
    """The file of one entry. Every change is on disk when its call returns."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self._store = Store[_Remembered](
            hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True
        )
        self._data: _Remembered = {}

    async def async_load(self) -> None:
        """Read the file; an entry without one starts with nothing remembered."""
        self._data = await self._store.async_load() or {}

    async def async_remove(self) -> None:
        """Remove the file: the entry is gone."""
        await self._store.async_remove()

    @property
    def known_addresses(self) -> KnownAddresses:
        """Return the addresses that were known when the file was written."""
        ipv4 = parse_address(self._data.get("ipv4", ""), Family.IPV4)
        ipv6 = parse_address(self._data.get("ipv6", ""), Family.IPV6)
        return KnownAddresses(
            addresses=Addresses(
                ipv4 if isinstance(ipv4, IPv4Address) else None,
                ipv6 if isinstance(ipv6, IPv6Address) else None,
            ),
            last_change=dt_util.parse_datetime(self._data.get("last_change", "")),
        )

    async def async_keep_addresses(self, known: KnownAddresses) -> None:
        """Remember the addresses."""
        if known.addresses.ipv4 is not None:
            self._data["ipv4"] = str(known.addresses.ipv4)
        if known.addresses.ipv6 is not None:
            self._data["ipv6"] = str(known.addresses.ipv6)
        if known.last_change is not None:
            self._data["last_change"] = known.last_change.isoformat()
        await self._async_save()

    def ledger(self, subentry_id: str) -> Mapping[str, Any]:
        """Return the ledger of a record as it was kept; empty for a new record."""
        return self._data.get("ledgers", {}).get(subentry_id, {})

    async def async_keep_ledger(self, subentry_id: str, ledger: Mapping[str, Any]) -> None:
        """Remember the ledger of a record; nothing is written where it is as it was."""
        ledgers = self._data.setdefault("ledgers", {})
        if ledgers.get(subentry_id) != ledger:
            ledgers[subentry_id] = dict(ledger)
            await self._async_save()

    def standby(self, subentry_id: str) -> Mapping[str, Any]:
        """Return what was kept of a record that two sites share; empty where there is nothing."""
        return self._data.get("standbys", {}).get(subentry_id, {})

    async def async_keep_standby(self, subentry_id: str, kept: Mapping[str, Any]) -> None:
        """Remember what a record that two sites share goes by."""
        self._data.setdefault("standbys", {})[subentry_id] = dict(kept)
        await self._async_save()

    def is_switched_off(self, subentry_id: str) -> bool:
        """Tell whether the user switched this record or job off."""
        return subentry_id in self._data.get("switched_off", ())

    def paused_until(self, subentry_id: str) -> datetime | None:
        """Return when what is switched off goes on by itself; None where it does not."""
        return dt_util.parse_datetime(self._data.get("paused_until", {}).get(subentry_id, ""))

    async def async_switch(
        self, subentry_id: str, *, on: bool, until: datetime | None = None
    ) -> None:
        """Remember whether a record or job is on, and until when it is not."""
        off = set(self._data.get("switched_off", ()))
        ends = self._data.setdefault("paused_until", {})
        ends.pop(subentry_id, None)
        if on:
            off.discard(subentry_id)
        else:
            off.add(subentry_id)
            if until is not None:
                ends[subentry_id] = until.isoformat()
        self._data["switched_off"] = sorted(off)
        await self._async_save()

    async def async_forget(self, subentry_id: str) -> None:
        """Forget a record or job that is gone."""
        had_ledger = self._data.get("ledgers", {}).pop(subentry_id, None) is not None
        had_standby = self._data.get("standbys", {}).pop(subentry_id, None) is not None
        if had_ledger or had_standby or self.is_switched_off(subentry_id):
            await self.async_switch(subentry_id, on=True)

    @property
    def server_name(self) -> str:
        """Return under which name a share's server announced itself; empty where it never did."""
        return self._data.get("server_name", "")

    @property
    def server_address(self) -> str:
        """Return at which address it did so last; empty where it never did."""
        return self._data.get("server_address", "")

    async def async_keep_server(self, name: str, address: str) -> None:
        """Remember how a share's server announced itself."""
        if (self.server_name, self.server_address) != (name, address):
            self._data["server_name"], self._data["server_address"] = name, address
            await self._async_save()

    @property
    def root(self) -> tuple[int, int, int] | None:
        """Return what told a share's root from all others when it was last seen."""
        root = self._data.get("root")
        return None if root is None else (root[0], root[1], root[2])

    async def async_keep_root(self, root: tuple[int, int, int]) -> None:
        """Remember which root a share has; nothing is written where it is known."""
        if self.root != root:
            self._data["root"] = list(root)
            await self._async_save()

    @property
    def silent_since(self) -> datetime | None:
        """Return since when a share has not been reached; None while it is."""
        return dt_util.parse_datetime(self._data.get("silent_since", ""))

    async def async_keep_silence(self, since: datetime | None) -> None:
        """Remember since when a share has not been reached; what is known is not written again."""
        if self.silent_since == since:
            return
        if since is None:
            del self._data["silent_since"]
        else:
            self._data["silent_since"] = since.isoformat()
        await self._async_save()

    async def _async_save(self) -> None:
        await self._store.async_save(self._data)
