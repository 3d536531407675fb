"""The address of this site.

Asked for on schedule, kept over restarts, announced when it changes.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv4Address
import logging
import socket
from typing import TYPE_CHECKING, Any, Final, assert_never, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from .const import (
    CONF_CUSTOM_SOURCES,
    CONF_INTERVAL,
    CONF_QUORUM,
    CONF_SOURCES,
    DEFAULT_DETECTION_MINUTES,
    DEFAULT_QUORUM,
    DOMAIN,
)
from .ddns.address import Address, Addresses, Family, family_of
from .ddns.detect import Detection, detect
from .ddns.sources import RECOMMENDED_SOURCES, http_sources
from .ddns.vote import Agreed, Disagreement, NotPublic, OneKind, TooFewAnswers, Verdict
from .store import EntryStore, KnownAddresses

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigEntry

_LOGGER = logging.getLogger(__name__)

FAMILY_KEYS: Final[Mapping[Family, str]] = {Family.IPV4: "ipv4", Family.IPV6: "ipv6"}
"""How a family is written in options, attributes, events and translations."""

_SOCKET_FAMILIES: Final = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}


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


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What the user chose about finding the address."""

    families: tuple[Family, ...]
    sources: tuple[str, ...]
    custom_sources: tuple[str, ...]
    quorum: int
    interval: timedelta

    def __post_init__(self) -> None:
        if self.interval < timedelta(minutes=1):
            raise ValueError("the interval of detection is at least a minute")
        if self.quorum < 1:
            raise ValueError("a quorum is at least one")


def detection_settings(options: Mapping[str, Any]) -> DetectionSettings:
    """Return what an entry's options say; `ValueError` for what no form of ours stores."""
    return DetectionSettings(
        families=tuple(
            family for family, key in FAMILY_KEYS.items() if options.get(key, family is Family.IPV4)
        ),
        sources=tuple(options.get(CONF_SOURCES, RECOMMENDED_SOURCES)),
        custom_sources=tuple(options.get(CONF_CUSTOM_SOURCES, ())),
        quorum=options.get(CONF_QUORUM, DEFAULT_QUORUM),
        interval=timedelta(minutes=options.get(CONF_INTERVAL, DEFAULT_DETECTION_MINUTES)),
    )


@dataclass(frozen=True, slots=True)
class SiteState:
    """What is known of this site.

    `known` may be from before a restart and is for showing; `agreed` holds only what sources agreed
    on since the start, and nothing else is ever published.
    """

    known: KnownAddresses
    agreed: Addresses = field(default_factory=Addresses)
    detections: Mapping[Family, Detection] = field(default_factory=dict)

    def explain(self, family: Family) -> dict[str, Any]:
        """Return what the last detection of a family said; empty before the first one."""
        detection = self.detections.get(family)
        if detection is None:
            return {}
        verdict = detection.verdict
        agreeing = len(verdict.operators) if isinstance(verdict, Agreed) else 0
        return {"detection": verdict_key(verdict), "agreeing": agreeing}


def verdict_key(verdict: Verdict) -> str:
    """Return the name of a verdict, as attributes and translations have it."""
    match verdict:
        case Agreed():
            return "agreed"
        case TooFewAnswers():
            return "too_few_answers"
        case Disagreement():
            return "disagreement"
        case OneKind():
            return "one_kind"
        case NotPublic():
            return "not_public"
        case other:
            assert_never(other)


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
        self._sources = http_sources(
            {
                family: async_get_clientsession(hass, family=_SOCKET_FAMILIES[family])
                for family in settings.families
            },
            settings.sources,
            settings.custom_sources,
        )
        self._entry = entry
        self._one_at_a_time = asyncio.Lock()
        self._asking: asyncio.Task[None] | None = None
        self._failing: set[Family] = set()
        self._unannounced: list[AddressChange] = []

    async def async_detect(self) -> None:
        """Ask now; whoever asks while others wait for an answer waits with them."""
        if self._asking is None or self._asking.done():
            self._asking = self._entry.async_create_background_task(
                self.hass, self.async_refresh(), "detection of the public address"
            )
        await asyncio.wait({self._asking})

    @override
    async def _async_update_data(self) -> SiteState:
        """Ask for all families side by side.

        This never fails, because a failed detection is an answer too.
        """
        async with self._one_at_a_time:
            return await self._async_ask()

    async def _async_ask(self) -> SiteState:
        families = self.settings.families
        detections = dict(
            zip(
                families,
                await asyncio.gather(
                    *(detect(self._sources, family, self.settings.quorum) for family in families)
                ),
                strict=True,
            )
        )
        for family, detection in detections.items():
            self._log_once(family, detection)
        found = [d.verdict.address for d in detections.values() if isinstance(d.verdict, Agreed)]
        agreed = self.data.agreed
        for address in found:
            agreed = _with(agreed, address)
        return SiteState(await self._async_learn(found), agreed, detections)

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
                _explain(detection.verdict),
            )


def _explain(verdict: Verdict) -> str:
    match verdict:
        case Agreed():
            return f"{len(verdict.operators)} operators agree"
        case TooFewAnswers():
            return (
                f"{verdict.answered} of {verdict.asked} operators answered, "
                f"{verdict.quorum} must agree"
            )
        case Disagreement():
            return (
                f"the operators name {len(verdict.named)} addresses, "
                f"{verdict.quorum} must name the same"
            )
        case OneKind():
            return f"only sources of the kind {verdict.kind} name {verdict.address}, others do not"
        case NotPublic():
            return f"the operators agree on one that the world cannot reach ({verdict.scope})"
        case other:
            assert_never(other)
