"""A name that two sites share: when this one checks, and what a person learns of it."""

import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .const import CONF_CHECKS, CONF_ROLE, CONF_SERVICE, CONF_SERVICE_HOST, CONF_SERVICE_PORT
from .ddns.failover import Duty, Failover, LineWitness, Standing
from .ddns.service import Service, ServiceKind
from .ddns.standby import Role, Site, Terms
from .ddns.text_record import TextRecords
from .ddns.verify import Verifier
from .issues import STANDBY_ACTIVE, Issue
from .record_proof import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry

    from .ddns.address import Addresses, Family
    from .ddns.names import DnsName
    from .ddns.provider import Provider, ProviderDescription
    from .ddns.reconcile import RecordKeeper
    from .store import EntryStore

_LOGGER = logging.getLogger(__name__)

_QUIET: Final = "The site has not checked yet."


class StandbyCoordinator(DataUpdateCoordinator[Standing | None]):
    """Checks every minute; the record's keeper writes only from within a check.

    The data is None before the first check, and where no other site keeps the name.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        subentry: ConfigSubentry,
        store: EntryStore,
        due: Callable[[], None],
    ) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name=f"standby of {subentry.title}")
        self._subentry = subentry
        self._store = store
        self._due = due
        self._failover: Failover | None = None
        self._stop_waiting: CALLBACK_TYPE | None = None
        self._active = Issue(
            hass,
            STANDBY_ACTIVE,
            entry.entry_id,
            subentry.subentry_id,
            severity=ir.IssueSeverity.WARNING,
        )

    @property
    def is_wanted(self) -> bool:
        """Return whether another site keeps the name as well."""
        return CONF_ROLE in self._subentry.data

    @property
    def _role(self) -> Role:
        return Role[str(self._subentry.data[CONF_ROLE]).upper()]

    def begin(
        self,
        keeper: RecordKeeper,
        client: Provider,
        name: DnsName,
        families: Collection[Family],
        description: ProviderDescription,
    ) -> None:
        """Make ready to check. Raises `KeyError` and `ValueError` for settings that are no use."""
        data: Mapping[str, Any] = self._subentry.data
        if not isinstance(client, TextRecords):
            raise ValueError(  # noqa: TRY004 - the settings are at fault, not the program
                f"{description.title} keeps no text that two sites could share"
            )
        service = Service(ServiceKind(data[CONF_SERVICE]), data[CONF_SERVICE_PORT])
        subentry_id = self._subentry.subentry_id
        self._failover = Failover(
            Site(subentry_id, self._role, Terms(checks=data[CONF_CHECKS])),
            name,
            keeper,
            client,
            LineWitness(
                Verifier(dt_util.utcnow, bootstrap(self.hass)),
                families,
                service,
                home=data[CONF_SERVICE_HOST] or None,
                proxies=description.proxies,
            ),
            dt_util.utcnow,
            kept=self._store.standby(subentry_id),
            keep=self._async_keep,
        )

    async def _async_keep(self, kept: Mapping[str, Any]) -> None:
        await self._store.async_keep_standby(self._subentry.subentry_id, kept)

    @property
    def rest(self) -> str | None:
        """Why this site leaves the name alone, as far as it knows."""
        standing = self.data
        if not self.is_wanted:
            return None
        if standing is None:
            return _QUIET
        return None if standing.duty is Duty.ACTIVE else standing.message or standing.duty.value

    async def async_check(self, addresses: Addresses, *, forced: bool) -> None:
        """Check once, and again in about a minute."""
        failover = self._failover
        if failover is None:
            return
        try:
            standing = await failover.check(addresses, forced=forced)
        finally:
            self._async_wait(failover)
        if failover is self._failover:
            self._async_take(standing)

    @callback
    def _async_wait(self, failover: Failover) -> None:
        self._async_stop_waiting()
        if failover is self._failover:
            self._stop_waiting = async_call_later(
                self.hass, failover.next_check(), self._async_check_is_due
            )

    @callback
    def _async_check_is_due(self, _now: datetime) -> None:
        self._stop_waiting = None
        self._due()

    @callback
    def _async_take(self, standing: Standing) -> None:
        before = None if self.data is None else self.data.duty
        title = self._subentry.title
        if self._role is Role.STANDBY and standing.duty is Duty.ACTIVE:
            self._active.async_raise({"record": title})
        elif standing.duty is Duty.RESTING:
            self._active.async_clear()
        if standing.duty is not before:
            why = standing.message or "it is pointed here"
            _LOGGER.info("The name %s, shared by two sites: %s", title, why)
        self.async_set_updated_data(standing)

    @callback
    def async_stop(self) -> None:
        """Check no more, and claim nothing of what was seen."""
        self._failover = None
        self._async_stop_waiting()
        self.async_set_updated_data(None)

    @callback
    def async_forget(self) -> None:
        """Take back what a person was told: no other site keeps the name any more."""
        self._active.async_clear()

    @callback
    def _async_stop_waiting(self) -> None:
        if self._stop_waiting is not None:
            self._stop_waiting()
            self._stop_waiting = None
