"""The records or jobs of an entry.

Each runs on its own, and a change to one leaves the others alone.
"""

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry


class Part(Protocol):
    """What runs for one subentry.

    It lives as long as the subentry; a changed subentry restarts it in place.
    """

    subentry: ConfigSubentry

    async def async_start(self) -> None:
        """Begin to run with what the subentry says now."""
        ...

    async def async_restart(self) -> None:
        """End, and begin again with what the user has changed."""
        ...

    async def async_stop(self) -> None:
        """End; when this returns nothing runs any more."""
        ...

    async def async_forget(self) -> None:
        """End for good, and remove what was kept: the subentry is gone."""
        ...


class Parts[PartT: Part]:
    """All parts of one entry, kept in step with its subentries.

    Invariant: changes are followed one after the other, and once `async_stop` was called nothing
    starts.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        subentry_type: str,
        build: Callable[[ConfigSubentry], PartT],
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._subentry_type = subentry_type
        self._build = build
        self._parts: dict[str, PartT] = {}
        # A subentry is changed in place, its data is replaced: what a part was started with is kept
        # beside it.
        self._started_with: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self._followers: list[Callable[[PartT], None]] = []
        self._lock = asyncio.Lock()
        self._stopped = False

    def __iter__(self) -> Iterator[PartT]:
        return iter(tuple(self._parts.values()))

    def get(self, subentry_id: str | None) -> PartT | None:
        """Return the part of a subentry, or None where it has none of this kind."""
        return None if subentry_id is None else self._parts.get(subentry_id)

    @callback
    def async_add_follower(self, follower: Callable[[PartT], None]) -> None:
        """Call `follower` for every part there is, and for each that comes or restarts later."""
        self._followers.append(follower)
        for part in self:
            follower(part)

    async def async_follow(self) -> None:
        """Stop what is gone, start what is new, restart what has changed."""
        async with self._lock:
            if self._stopped:
                return
            wanted = {
                subentry.subentry_id: subentry
                for subentry in self._entry.subentries.values()
                if subentry.subentry_type == self._subentry_type
            }
            for subentry_id in self._parts.keys() - wanted.keys():
                part = self._parts.pop(subentry_id)
                del self._started_with[subentry_id]
                await part.async_forget()
            for subentry_id, subentry in wanted.items():
                await self._async_follow_one(subentry_id, subentry)

    async def _async_follow_one(self, subentry_id: str, subentry: ConfigSubentry) -> None:
        now = (subentry.title, subentry.data)
        before = self._started_with.get(subentry_id)
        if before == now:
            return
        self._started_with[subentry_id] = now
        if before is None:
            part = self._build(subentry)
            self._parts[subentry_id] = part
            # Its entities come first, so that they see all that the start brings.
            self._tell_followers(part)
            await part.async_start()
            return
        part = self._parts[subentry_id]
        part.subentry = subentry
        self._rename_device(subentry)
        if before[1] != now[1]:
            self._tell_followers(part)
            await part.async_restart()

    def _tell_followers(self, part: PartT) -> None:
        for follower in self._followers:
            follower(part)

    def _rename_device(self, subentry: ConfigSubentry) -> None:
        devices = dr.async_get(self._hass)
        for device in dr.async_entries_for_config_entry(devices, self._entry.entry_id):
            if (DOMAIN, subentry.subentry_id) in device.identifiers:
                devices.async_update_device(device.id, name=subentry.title)

    async def async_stop(self) -> None:
        """Stop every part, side by side; nothing starts after this. Raises what a stop raised."""
        self._stopped = True
        async with self._lock:
            stops = (part.async_stop() for part in self._parts.values())
            # All are waited for, also where one of them does not end.
            results = await asyncio.gather(*stops, return_exceptions=True)
        for error in results:
            if error is not None:
                raise error
