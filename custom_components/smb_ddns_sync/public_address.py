"""The address of this site.

Asked for on schedule, kept over restarts, announced when it changes.
"""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
import logging
from typing import TYPE_CHECKING, Final, override

from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from .address_sources import DetectionSettings, lasting_addresses, make_sources
from .const import DOMAIN
from .ddns.address import Address, Addresses, Family, family_of, parse_address
from .ddns.detect import Detection, ask, detect, settled
from .ddns.nat import NatWatch, find_nat
from .ddns.rota import PROBE_INTERVAL, AskAll, Probe, Rota
from .ddns.source import SourceKind
from .ddns.sources import RouterSource
from .ddns.vote import Agreed
from .issues import BEHIND_NAT, Issue
from .news import News, NewsKind, async_tell
from .site_state import SiteState, verdict_in_words
from .store import EntryStore, KnownAddresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry

_LOGGER = logging.getLogger(__name__)

FAMILY_KEYS: Final[Mapping[Family, str]] = {Family.IPV4: "ipv4", Family.IPV6: "ipv6"}
"""How a family is written in options, attributes, events and translations."""


@dataclass(frozen=True, slots=True)
class AddressChange:
    """The site was seen at another address of a family than before."""

    family: Family
    old: Address
    new: Address

    def as_dict(self) -> dict[str, str]:
        """Return what events and triggers tell."""
        return {"family": FAMILY_KEYS[self.family], "old": str(self.old), "new": str(self.new)}


SIGNAL_ADDRESS_CHANGED: Final = SignalType[AddressChange](f"{DOMAIN}_public_address_changed")


def _with(addresses: Addresses, address: Address) -> Addresses:
    if isinstance(address, IPv4Address):
        return replace(addresses, ipv4=address)
    return replace(addresses, ipv6=address)


class PublicAddressCoordinator(DataUpdateCoordinator[SiteState]):
    """Asks for the address of every wanted family.

    Invariant: a detection that does not agree changes nothing but what is told about the detection.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        settings: DetectionSettings,
        store: EntryStore,
    ) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name="public address",
            update_interval=settings.interval,
        )
        self.settings = settings
        self.data = SiteState(known=store.known_addresses)
        self._store = store
        self._sources = make_sources(hass, settings)
        self._rotas = {
            family: Rota(self._sources, family, settings.interval) for family in settings.families
        }
        if any(rota.has_quick_sources for rota in self._rotas.values()):
            self.update_interval = min(PROBE_INTERVAL, settings.interval)
        self._nat = NatWatch()
        self._behind_nat = Issue(
            hass, BEHIND_NAT, entry.entry_id, severity=ir.IssueSeverity.WARNING
        )
        self._behind_nat.async_clear()  # what other settings found has to be found again
        self._entry = entry
        self._routers = [source for source in self._sources if isinstance(source, RouterSource)]
        self._following: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._asking: asyncio.Task[None] | None = None
        self._failing: set[Family] = set()
        self._unannounced: list[AddressChange] = []

    @callback
    def async_follow_entities(self) -> CALLBACK_TYPE:
        """Look at once when an entity that is a source tells something else."""
        if not self.settings.entities:
            return lambda: None
        return async_track_state_change_event(
            self.hass, self.settings.entities, self._async_entity_changed
        )

    async def _async_entity_changed(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None or (old is not None and old.state == new.state):
            return
        told = {parse_address(new.state, family) for family in self.settings.families} - {None}
        if not told - {self.data.known.addresses.of(family) for family in Family}:
            return
        for rota in self._rotas.values():
            rota.suspect()
        # At once, and then no more often than every ten seconds: an entity may flutter.
        await self.async_request_refresh()

    async def async_close(self) -> None:
        """Hear nothing of the router any more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})
        for router in self._routers:
            await router.close()

    @callback
    def _async_follow_router(self) -> None:
        """Have the router tell of changes, where it can; tried again after each vote."""
        if self._following is None or self._following.done():
            self._following = self._entry.async_create_background_task(
                self.hass, self._async_follow_routers(), "subscription at the router"
            )

    async def _async_follow_routers(self) -> None:
        for router in self._routers:
            await router.follow(self._async_router_changed)

    @callback
    def _async_router_changed(self) -> None:
        self._rotas[Family.IPV4].suspect()
        self._entry.async_create_background_task(
            self.hass, self.async_request_refresh(), "the router told of another address"
        )

    async def async_detect(self) -> None:
        """Ask all now; whoever asks while others wait for an answer waits with them."""
        if self._asking is None or self._asking.done():
            for rota in self._rotas.values():
                rota.suspect()
            self._asking = self._entry.async_create_background_task(
                self.hass, self.async_refresh(), "detection of the public address"
            )
        await asyncio.wait({self._asking})

    @override
    async def _async_update_data(self) -> SiteState:
        """Let all families take their turns side by side.

        This never fails, because a failed detection is an answer too.
        """
        async with self._one_at_a_time:
            return await self._async_ask()

    async def _async_ask(self) -> SiteState:
        families = self.settings.families
        voted = await asyncio.gather(*(self._async_turn(family) for family in families))
        new = {found.family: found for found in voted if found is not None}
        for family, detection in new.items():
            self._log_once(family, detection)
            self._note_nat(family, detection)
        found = [d.verdict.address for d in new.values() if isinstance(d.verdict, Agreed)]
        agreed = self.data.agreed
        for address in found:
            agreed = _with(agreed, address)
        return SiteState(
            await self._async_learn(found),
            agreed,
            {**self.data.detections, **new},
            self._nat.finding,
        )

    async def _async_turn(self, family: Family) -> Detection | None:
        """Take the turn of a family; a probe that finds something else is followed by a vote."""
        rota = self._rotas[family]
        turn = rota.turn(dt_util.utcnow())
        if isinstance(turn, Probe):
            lasting = await lasting_addresses(self.settings, family)
            answers = await ask(turn.sources, family)
            rota.note_probe([settled(each, lasting) for each in answers], dt_util.utcnow())
            if not rota.is_alarmed(dt_util.utcnow()):
                return None
            turn = rota.turn(dt_util.utcnow())
        if not isinstance(turn, AskAll):
            return None
        detection = await detect(
            self._sources,
            family,
            self.settings.quorum,
            settle=await lasting_addresses(self.settings, family),
        )
        rota.note_vote(detection, dt_util.utcnow())
        return detection

    def _note_nat(self, family: Family, detection: Detection) -> None:
        if family is not Family.IPV4:
            return
        if any(a.kind is SourceKind.ROUTER and a.address for a in detection.answers):
            self._async_follow_router()
        self._nat.note(find_nat(detection))
        if self._nat.unsettled:
            self._rotas[family].doubt()
        finding = self._nat.finding
        if finding is None or not finding.nat.is_problem:
            self._behind_nat.async_clear()
        else:
            self._behind_nat.async_raise(
                {"router": str(finding.router), "seen": str(finding.seen)}, finding.nat
            )

    async def _async_learn(self, found: list[Address]) -> KnownAddresses:
        before = self.data.known
        addresses = before.addresses
        changes = []
        for address in found:
            family = family_of(address)
            old = addresses.of(family)
            addresses = _with(addresses, address)
            if old is not None and old != address:
                changes.append(AddressChange(family, old, address))
        if addresses == before.addresses:
            return before
        known = KnownAddresses(addresses, dt_util.utcnow())
        await self._store.async_keep_addresses(known)
        self._unannounced.extend(changes)
        return known

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Update the entities, then announce.

        Who listens to a change finds the new state in place.
        """
        super().async_update_listeners()
        changes, self._unannounced = self._unannounced, []
        for change in changes:
            _LOGGER.info(
                "The public IPv%s address changed from %s to %s",
                change.family.value,
                change.old,
                change.new,
            )
            async_dispatcher_send(self.hass, SIGNAL_ADDRESS_CHANGED, change)
            async_tell(
                self.hass,
                News(
                    NewsKind.PUBLIC_ADDRESS_CHANGED,
                    self._entry.entry_id,
                    None,
                    self._entry.title,
                    change.as_dict(),
                ),
            )

    def _log_once(self, family: Family, detection: Detection) -> None:
        name = f"IPv{family.value}"
        if isinstance(detection.verdict, Agreed):
            if family in self._failing:
                self._failing.remove(family)
                _LOGGER.info("The sources agree on the public %s address again", name)
        elif family not in self._failing:
            self._failing.add(family)
            # Most sites that ask for both families lack IPv6: that is no fault to warn of.
            _LOGGER.log(
                logging.INFO if detection.no_route else logging.WARNING,
                "The public %s address could not be confirmed: %s. "
                "The last known one is kept, and nothing is published until the sources agree",
                name,
                verdict_in_words(detection.verdict),
            )
