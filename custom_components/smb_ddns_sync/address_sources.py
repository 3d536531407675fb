"""From the options of the public address to the sources that are asked."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
import socket
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import CONF_ENTITIES, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .const import (
    CONF_CUSTOM_SOURCES,
    CONF_INTERFACE,
    CONF_INTERVAL,
    CONF_IPV4,
    CONF_IPV6,
    CONF_QUORUM,
    CONF_SOURCES,
    CONF_TEMPORARY,
    DEFAULT_DETECTION_MINUTES,
    DEFAULT_QUORUM,
)
from .ddns.address import Family
from .ddns.sources import (
    INTERFACE,
    RECOMMENDED_SOURCES,
    ROUTER,
    InterfaceSource,
    RouterSource,
    ToldSource,
    dns_sources,
    http_sources,
    stun_sources,
)
from .ddns.sources.interface import read_held, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from .ddns.detect import Settle
    from .ddns.source import Source

_SOCKET_FAMILIES: Final = {Family.IPV4: socket.AF_INET, Family.IPV6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """What the user chose about finding the address."""

    families: tuple[Family, ...]
    sources: tuple[str, ...]
    custom_sources: tuple[str, ...]
    entities: tuple[str, ...]
    interface: str | None
    temporary: bool
    quorum: int
    interval: timedelta

    @property
    def asks_interface(self) -> bool:
        """Whether this machine's own interface is a source."""
        return INTERFACE in self.sources or self.interface is not None

    def __post_init__(self) -> None:
        if self.interval < timedelta(minutes=1):
            raise ValueError("the interval of detection is at least a minute")
        if self.quorum < 1:
            raise ValueError("a quorum is at least one")


def detection_settings(options: Mapping[str, Any]) -> DetectionSettings:
    """Return what an entry's options say; `ValueError` for what no form of ours stores."""
    wanted = {
        Family.IPV4: options.get(CONF_IPV4, True),
        Family.IPV6: options.get(CONF_IPV6, False),
    }
    return DetectionSettings(
        families=tuple(family for family in Family if wanted[family]),
        sources=tuple(options.get(CONF_SOURCES, RECOMMENDED_SOURCES)),
        custom_sources=tuple(options.get(CONF_CUSTOM_SOURCES, ())),
        entities=tuple(options.get(CONF_ENTITIES, ())),
        interface=options.get(CONF_INTERFACE) or None,
        temporary=options.get(CONF_TEMPORARY, False),
        quorum=options.get(CONF_QUORUM, DEFAULT_QUORUM),
        interval=timedelta(minutes=options.get(CONF_INTERVAL, DEFAULT_DETECTION_MINUTES)),
    )


def make_sources(hass: HomeAssistant, settings: DetectionSettings) -> tuple[Source, ...]:
    """Return the sources that the user chose, each over the families that are wanted.

    Raises `ValueError` for a URL that no form of ours stores.
    """
    sessions = {
        family: async_get_clientsession(hass, family=_SOCKET_FAMILIES[family])
        for family in settings.families
    }
    sources: list[Source] = [
        *http_sources(sessions, settings.sources, settings.custom_sources),
        *dns_sources(settings.sources),
        *stun_sources(settings.sources),
        *(ToldSource(entity, partial(_told_by, hass, entity)) for entity in settings.entities),
    ]
    if ROUTER in settings.sources and Family.IPV4 in settings.families:
        sources.append(RouterSource(sessions[Family.IPV4]))
    if settings.asks_interface:
        sources.append(
            InterfaceSource(settings.interface, allow_temporary=settings.temporary),
        )
    return tuple(sources)


async def lasting_addresses(settings: DetectionSettings, family: Family) -> Settle:
    """Return what puts this machine's address that lasts in place of a temporary one."""
    if family is Family.IPV4 or settings.temporary:
        return lambda address: address
    held = await asyncio.to_thread(read_held)
    return lambda address: settle(address, held)


def _told_by(hass: HomeAssistant, entity: str) -> str | None:
    state = hass.states.get(entity)
    if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
        return None
    return state.state
