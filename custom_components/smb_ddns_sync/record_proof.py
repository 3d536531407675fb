"""Whether the world sees a record: when its zone's name servers are asked, and what follows."""

from dataclasses import dataclass
import logging
from random import Random
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .ddns.authority import Bootstrap, is_in_public_dns
from .ddns.report import RecordReport, RecordStatus
from .ddns.verify import SyncState, Verification, Verifier, next_look

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry

    from .ddns.address import Address, Family
    from .ddns.names import DnsName

_LOGGER = logging.getLogger(__name__)

BOOTSTRAP: Final[HassKey[Bootstrap]] = HassKey(f"{DOMAIN}_bootstrap")
"""Where the search for name servers begins, if not at the root servers of the Internet."""


@callback
def bootstrap(hass: HomeAssistant) -> Bootstrap:
    """Return where the search for name servers begins."""
    return hass.data.get(BOOTSTRAP) or Bootstrap()


type Expected = dict[tuple[DnsName, Family], Address]
type Drifted = Callable[[list[Verification]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Proof:
    """What the name servers said last, about all names of a record; empty where nobody was asked.

    `in_sync` is None where nothing was proved, either way.
    """

    verifications: tuple[Verification, ...] = ()
    asked: datetime | None = None

    @property
    def in_sync(self) -> bool | None:
        """Whether all servers tell the published addresses of all names that can be judged."""
        states = {each.state for each in self.verifications}
        judged = states - {SyncState.PROXIED}
        if states & {SyncState.PARTIAL, SyncState.DRIFTED}:
            return False
        return True if judged == {SyncState.IN_SYNC} else None

    @property
    def details(self) -> dict[str, Any]:
        """Return what explains it, by name and record type."""
        return {
            "asked": self.asked,
            "records": {
                f"{each.name} {each.family.record_type}": each.message or each.state.value
                for each in self.verifications
            },
        }


class ProofCoordinator(DataUpdateCoordinator[Proof]):
    """Asks the name servers some times after an update, until they agree, and every few hours.

    Invariant: only what the provider has confirmed is asked about, and no provider is ever called
    from here; drift is handed to `drifted`, which minds manners.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        title: str,
        verifier: Verifier,
        drifted: Drifted,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"proof of {title}")
        self.data = Proof()
        self._entry = entry
        self._verifier = verifier
        self._drifted = drifted
        self._expected: Expected = {}
        self._looks = 0  # since the expected addresses changed
        self._random = Random()  # noqa: S311 - jitter is no secret
        self._stop_waiting: CALLBACK_TYPE | None = None
        self._asking: asyncio.Task[None] | None = None

    @callback
    def async_take(self, report: RecordReport) -> None:
        """Take what the provider has confirmed; where it is news, look soon."""
        expected = {
            (record.name, record.family): record.published
            for record in report.records
            if record.status is RecordStatus.IN_SYNC
            and record.published is not None
            and is_in_public_dns(record.name)
        }
        if expected == self._expected:
            return
        self._expected = expected
        self._looks = 0
        self.async_set_updated_data(Proof())
        self._async_wait()

    @callback
    def async_stop(self) -> None:
        """Ask no more."""
        self._async_stop_waiting()
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None
        self._expected = {}

    @callback
    def _async_stop_waiting(self) -> None:
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None

    @callback
    def _async_wait(self) -> None:
        self._async_stop_waiting()
        if self._expected:
            wait = next_look(self._looks, self.data.verifications, self._random)
            self._stop_waiting = async_call_later(self.hass, wait, self._async_ask)

    @callback
    def _async_ask(self, _now: datetime) -> None:
        self._stop_waiting = None
        self._asking = self._entry.async_create_background_task(
            self.hass, self._async_ask_all(), self.name
        )

    async def _async_ask_all(self) -> None:
        expected = self._expected
        found = [
            await self._verifier.verify(name, family, address)
            for (name, family), address in expected.items()
        ]
        if expected is not self._expected:
            return  # what was asked about is no longer what is published
        self._looks += 1
        self.async_set_updated_data(Proof(tuple(found), dt_util.utcnow()))
        self._async_wait()
        drifted = [each for each in found if each.state is SyncState.DRIFTED]
        if drifted:
            await self._drifted(drifted)
