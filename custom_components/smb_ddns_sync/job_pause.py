"""A pause that ends by itself: at its time, also where Home Assistant was restarted meanwhile."""

from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from .store import EntryStore


class PauseEnd:
    """When the pause of one job is over; the store keeps it."""

    def __init__(
        self,
        hass: HomeAssistant,
        store: EntryStore,
        subentry_id: str,
        resume: Callable[[], Awaitable[None]],
    ) -> None:
        self._hass = hass
        self._store = store
        self._subentry_id = subentry_id
        self._resume = resume
        self._stop_waiting: CALLBACK_TYPE | None = None

    @property
    def at(self) -> datetime | None:
        """Return when the job goes on by itself; None where it is not paused, or for good."""
        return self._store.paused_until(self._subentry_id)

    async def async_take_up(self) -> None:
        """Wait for an end that was set before; one that is past by now has come."""
        if self.at is not None and self.at <= dt_util.utcnow():
            await self._store.async_switch(self._subentry_id, on=True)
        self._async_wait()

    async def async_set(self, *, on: bool, until: datetime | None = None) -> None:
        """Remember that the job runs, or rests until a time or for good."""
        await self._store.async_switch(self._subentry_id, on=on, until=until)
        self._async_wait()

    @callback
    def async_stop(self) -> None:
        """Wait no longer; what is remembered stays."""
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    @callback
    def _async_wait(self) -> None:
        self.async_stop()
        if self.at is not None:
            self._stop_waiting = async_track_point_in_utc_time(
                self._hass, self._async_over, self.at
            )

    async def _async_over(self, _now: datetime) -> None:
        self._stop_waiting = None
        await self._resume()
