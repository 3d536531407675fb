"""The ways of asking for the address, one module for each."""

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ..source import SourceId
from .custom import UnusableUrlError, UrlFault, custom_echo
from .dns_echo import DNS_ECHOES, DnsSource
from .echo import HttpEcho
from .http_echo import HttpSource, http_sources
from .interface import INTERFACE, InterfaceSource
from .router import ROUTER, RouterSource
from .stun import STUN_SERVERS, StunSource
from .told import ToldSource
from .well_known import DEFAULT_SOURCES, RECOMMENDED_ECHOES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "BUILT_IN_SOURCES",
    "DEFAULT_SOURCES",
    "INTERFACE",
    "RECOMMENDED_ECHOES",
    "RECOMMENDED_SOURCES",
    "ROUTER",
    "HttpEcho",
    "HttpSource",
    "InterfaceSource",
    "RouterSource",
    "ToldSource",
    "UnusableUrlError",
    "UrlFault",
    "custom_echo",
    "dns_sources",
    "http_sources",
    "stun_sources",
]

BUILT_IN_SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        ROUTER: "Router (NAT-PMP, UPnP, PCP)",
        INTERFACE: "Network interface",
        **{source: echo.title for source, echo in DEFAULT_SOURCES.items()},
        **{source: echo.title for source, echo in DNS_ECHOES.items()},
        **{source: server.title for source, server in STUN_SERVERS.items()},
    }
)
"""The titles of all sources that can be chosen, by id."""

RECOMMENDED_SOURCES: Final[tuple[SourceId, ...]] = (
    ROUTER,
    INTERFACE,
    *RECOMMENDED_ECHOES,
    *(SourceId(f"dns_{name}") for name in ("cloudflare", "opendns", "google")),
    *(SourceId(f"stun_{name}") for name in ("cloudflare", "google", "nextcloud", "sipgate")),
)
"""All kinds, so that what stands in the way of one shows; the quick ones take turns in probes."""


def dns_sources(ids: Collection[str]) -> tuple[DnsSource, ...]:
    """Return the DNS echoes with these ids; ids of other kinds are left out."""
    return tuple(DnsSource(echo) for source, echo in DNS_ECHOES.items() if source in ids)


def stun_sources(ids: Collection[str]) -> tuple[StunSource, ...]:
    """Return the STUN servers with these ids; ids of other kinds are left out."""
    return tuple(StunSource(server) for source, server in STUN_SERVERS.items() if source in ids)
