"""One record: what its keeper is told, when, and what a person learns of it."""

import asyncio
from dataclasses import replace
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import CONF_INNER, CONF_NAMES, CONF_PROVIDER, DOMAIN
from .ddns.address import Addresses, Family
from .ddns.ledger import Ledger
from .ddns.names import parse_name
from .ddns.provider import ProviderId
from .ddns.providers import PROVIDERS
from .ddns.reconcile import RecordKeeper
from .ddns.report import REFUSED, RecordReport, RecordStatus
from .ddns.verify import Verifier
from .issues import ATTR_SUBENTRY_ID, RECORD_ENDS, RECORD_REFUSED, SETTINGS_UNUSABLE, Issue
from .public_address import FAMILY_KEYS, PublicAddressCoordinator
from .record_news import RecordNews
from .record_pins import async_prepare_pins, with_pins
from .record_proof import ProofCoordinator, bootstrap
from .record_standby import StandbyCoordinator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from .ddns.verify import Verification
    from .store import EntryStore

_LOGGER = logging.getLogger(__name__)

WAITING: Final = frozenset({RecordStatus.FAILING, RecordStatus.WAITING, RecordStatus.BANNED})


class RecordCoordinator(DataUpdateCoordinator[RecordReport | None]):
    """Has the record follow the public address, and asks a person where the provider refuses.

    The data is None where no keeper can be made of what is stored; a repair says why.

    Invariant: the ledger is kept before and after every call, so that manners outlast a restart,
    and only addresses that sources agreed on since the start are ever handed on.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        address: PublicAddressCoordinator,
        store: EntryStore,
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"record {subentry.title}")
        self.subentry = subentry
        self.address = address
        self._entry = entry
        self._store = store
        self._keeper: RecordKeeper | None = None
        self._ledger = Ledger()
        self._news = RecordNews(hass, entry.entry_id, subentry.subentry_id)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stop_listening: CALLBACK_TYPE | None = None
        self._stop_waiting: CALLBACK_TYPE | None = None
        description = PROVIDERS.get(ProviderId(subentry.data[CONF_PROVIDER]))
        proxies = () if description is None else description.proxies
        self.proof = ProofCoordinator(
            hass,
            entry,
            subentry.title,
            Verifier(dt_util.utcnow, bootstrap(hass), proxies),
            self._async_drifted,
        )
        self.standby = StandbyCoordinator(hass, entry, subentry, store, self._async_follow)
        subentry_id = subentry.subentry_id
        self._refused = Issue(hass, RECORD_REFUSED, entry.entry_id, subentry_id, fixable=True)
        self._ends = Issue(
            hass,
            RECORD_ENDS,
            entry.entry_id,
            subentry_id,
            fixable=True,
            severity=ir.IssueSeverity.WARNING,
        )
        self._unusable = Issue(hass, SETTINGS_UNUSABLE, entry.entry_id, subentry_id)

    @property
    def families(self) -> frozenset[Family]:
        """Return the families that the record is kept for."""
        return frozenset(
            family for family, key in FAMILY_KEYS.items() if self.subentry.data.get(key)
        )

    @property
    def is_on(self) -> bool:
        """Return whether the user wants the record to follow."""
        return not self._store.is_switched_off(self.subentry.subentry_id)

    async def async_start(self) -> None:
        """Follow the address from now on, beginning with the one that is known."""
        try:
            await async_prepare_pins(self.hass, self.subentry.data)
            self._keeper = self._make_keeper()
        except (KeyError, ValueError) as error:
            _LOGGER.error(  # noqa: TRY400 - the settings are at fault, the trace says nothing
                "The record %s cannot be kept: %s", self.subentry.title, error
            )
            self._unusable.async_raise({"name": self.subentry.title, "reason": str(error)})
            return
        self._unusable.async_clear()
        self._async_take(self._report(self._keeper))
        self._stop_listening = self.address.async_add_listener(self._async_follow)
        self._async_follow()

    def _make_keeper(self) -> RecordKeeper:
        data: Mapping[str, Any] = self.subentry.data
        description = PROVIDERS[ProviderId(data[CONF_PROVIDER])]
        settings = {field.key: data[field.key] for field in description.fields if field.key in data}
        self._ledger = Ledger.from_dict(self._store.ledger(self.subentry.subentry_id))
        client = with_pins(description.build(settings, async_get_clientsession(self.hass)), data)
        names = [parse_name(name) for name in data[CONF_NAMES]]
        keeper = RecordKeeper(
            client,
            names,
            self.families,
            self._ledger,
            dt_util.utcnow,
            save=self._async_save,
            budget=description.budget,
            expiry=description.expiry,
            inner=self._is_inner,
        )
        if self.standby.is_wanted:
            self.standby.begin(keeper, client, names[0], self.families, description)
        else:
            self.standby.async_forget()
        return keeper

    async def _async_save(self) -> None:
        await self._store.async_keep_ledger(self.subentry.subentry_id, self._ledger.as_dict())

    async def async_stop(self) -> None:
        """Stop following.

        A call that is under way is given up, and looked after at the next start.
        """
        for unsubscribe in (self._stop_listening, self._stop_waiting):
            if unsubscribe is not None:
                unsubscribe()
        self._stop_listening = self._stop_waiting = None
        self._keeper = None
        self.proof.async_stop()
        self.standby.async_stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def async_restart(self) -> None:
        """Follow with what the user has changed; what was refused may be tried again."""
        await self.async_stop()
        await self.async_start()
        await self.async_resume()

    async def async_forget(self) -> None:
        """End, and forget the record; what the provider holds stays as it is."""
        await self.async_stop()
        self._refused.async_clear()
        self._ends.async_clear()
        self._unusable.async_clear()
        self.standby.async_forget()
        await self._store.async_forget(self.subentry.subentry_id)

    async def async_switch(self, *, on: bool) -> None:
        """Let the record follow or not, also after a restart."""
        await self._store.async_switch(self.subentry.subentry_id, on=on)
        if on:
            self._async_follow()

    async def async_resume(self) -> None:
        """Try again what was refused: a person has put it right."""
        if self._keeper is not None:
            self._keeper.resume()
            await self._async_save()
            self._async_take(self._report(self._keeper))
            self._async_follow()

    async def async_renewed(self) -> None:
        """Note that a person has confirmed the names at the provider."""
        if self._keeper is not None:
            self._keeper.renewed()
            await self._async_save()
            self._async_take(self._report(self._keeper))

    async def async_update(self, *, forced: bool) -> None:
        """Bring the record to the address now, as far as manners allow.

        Raises `HomeAssistantError` where it does not hold the address afterwards.
        """
        if not self.is_on:
            raise self._error("record_switched_off")
        if self._agreed == Addresses():
            raise self._error("no_address")
        report = await self._async_reconcile(forced=forced)
        if report is None or report.status is not RecordStatus.IN_SYNC:
            status = "unknown" if report is None else report.status.value
            reason = report and report.message
            raise self._error("record_not_updated", reason=reason or status.replace("_", " "))

    def _error(self, key: str, **placeholders: str) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"record": self.subentry.title, **placeholders},
        )

    @property
    def _agreed(self) -> Addresses:
        state = self.address.data
        return (state.inner if self._is_inner else state.agreed).only(self.families)

    @property
    def _is_inner(self) -> bool:
        return bool(self.subentry.data.get(CONF_INNER))

    @callback
    def _async_follow(self, _now: datetime | None = None) -> None:
        """Compare with the address without making anybody wait for the provider."""
        if self._keeper is None or not self.is_on:
            return
        task = self._entry.async_create_background_task(
            self.hass, self._async_follow_quietly(), f"{self.name} follows the address"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _async_follow_quietly(self) -> None:
        await self._async_reconcile(forced=False)

    async def _async_reconcile(self, *, forced: bool) -> RecordReport | None:
        keeper = self._keeper
        if keeper is None:
            return None
        if self.standby.is_wanted:
            await self.standby.async_check(self._agreed, forced=forced)
        else:
            await keeper.reconcile(self._agreed, forced=forced)
        report = self._report(keeper)
        if keeper is self._keeper:
            self._async_take(report)
            self._async_come_back(report)
        return report

    def _report(self, keeper: RecordKeeper) -> RecordReport:
        return replace(keeper.report, rest=self.standby.rest)

    async def _async_drifted(self, drifted: list[Verification]) -> None:
        """Have the provider be asked about what its name servers do not tell, if manners allow."""
        keeper = self._keeper
        if keeper is None or not self.is_on:
            return
        doubted = [each for each in drifted if keeper.doubt(each.name, each.family)]
        if doubted:
            for each in doubted:
                _LOGGER.warning("The world does not see %s: %s", each.name, each.message)
            await self._async_save()
            self._async_follow()

    @callback
    def _async_come_back(self, report: RecordReport) -> None:
        """Have what waits be tried as soon as it is allowed, not only after the next detection."""
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None
        if report.status in WAITING and report.next_allowed is not None:
            self._stop_waiting = async_track_point_in_utc_time(
                self.hass, self._async_wait_is_over, report.next_allowed
            )

    @callback
    def _async_wait_is_over(self, now: datetime) -> None:
        self._stop_waiting = None
        self._async_follow(now)

    @callback
    def _async_take(self, report: RecordReport) -> None:
        """Tell how the record stands: in its entities, in repairs, and once in the log."""
        status, title = report.status, self.subentry.title
        if status is RecordStatus.AUTH_REJECTED:
            # Nothing happens where the user is being asked already.
            self._entry.async_start_reauth(
                self.hass, data={ATTR_SUBENTRY_ID: self.subentry.subentry_id}
            )
        if status in REFUSED - {RecordStatus.AUTH_REJECTED}:
            names = sorted({each.name for each in report.records if each.status in REFUSED})
            self._refused.async_raise(
                {"record": title, "names": ", ".join(names), "reason": report.message or status},
                "pin" if status is RecordStatus.PIN_MISMATCH else None,
            )
        else:
            self._refused.async_clear()
        if report.ends is None:
            self._ends.async_clear()
        else:
            self._ends.async_raise({"record": title, "date": report.ends.date().isoformat()})
        self.proof.async_take(report)
        self.async_set_updated_data(report)
        self._news.async_tell(report, title)
