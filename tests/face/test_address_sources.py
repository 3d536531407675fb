"""The public address by more than web services: STUN, the router, an entity, an interface."""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.address_sources import detection_settings, make_sources
from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.ddns.address import Family
from custom_components.smb_ddns_sync.ddns.source import Operator, SourceId, SourceKind
from custom_components.smb_ddns_sync.ddns.sources import BUILT_IN_SOURCES, RouterSource
from custom_components.smb_ddns_sync.ddns.sources.datagram import Peer
from custom_components.smb_ddns_sync.ddns.sources.interface import HeldAddress
from custom_components.smb_ddns_sync.ddns.sources.stun import StunServer
from tests.ddns.fakes.router import PortControl, UpnpGateway
from tests.ddns.fakes.stun import tells
from tests.ddns.fakes.udp import UdpServer

from .site import FIRST, SECOND, entity_id, load, public_address, settle, state, unload, until_state

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant

    from demo.echo import AddressEcho

ISSUE = "behind_nat"
CORE = "custom_components.smb_ddns_sync.ddns.sources"
FACE = "custom_components.smb_ddns_sync.address_sources"


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta = timedelta(seconds=31)
) -> None:
    """Let time pass, with what happens then."""
    freezer.tick(time)
    async_fire_time_changed(hass)
    await settle(hass)


@contextmanager
def stun_at(server: UdpServer) -> Iterator[None]:
    """Have a server of ours stand in for a built-in one."""
    known = StunServer(
        SourceId("stun_google"), "STUN", Operator("Google"), Peer(server.host, server.port)
    )
    with patch(f"{CORE}.STUN_SERVERS", MappingProxyType({known.id: known})):
        yield


class Seen:
    """A STUN server that sees the address that it is told to."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __call__(self, request: bytes, sender: str) -> Iterable[bytes]:
        """Answer one datagram."""
        return tells(IPv4Address(self.address))(request, sender)


async def test_a_change_that_a_probe_sees_is_published_within_half_a_minute(
    hass: HomeAssistant, echo: AddressEcho, freezer: FrozenDateTimeFactory
) -> None:
    seen = Seen(FIRST)
    async with UdpServer(seen) as server:
        with stun_at(server):
            entry = public_address(echo, sources=["stun_google"], interval=30)
            await load(hass, entry)
            shown = state(hass, "sensor", entry.entry_id, "public_ipv4")
            assert shown.attributes["agreeing"] == 4
            # A public server rests for a minute.
            for _ in range(3):
                await pass_time(hass, freezer)
            assert echo.asked == 3
            probes = len(server.got)
            assert probes > 1

            seen.address = echo.ipv4 = SECOND
            for _ in range(2):
                await pass_time(hass, freezer)

            assert state(hass, "sensor", entry.entry_id, "public_ipv4").state == SECOND
            assert echo.asked == 6


async def test_who_said_what_is_shown(hass: HomeAssistant, echo: AddressEcho) -> None:
    async with UdpServer(Seen(SECOND)) as server:
        with stun_at(server):
            entry = public_address(echo, sources=["stun_google"])
            await load(hass, entry)

    shown = state(hass, "sensor", entry.entry_id, "public_ipv4")
    assert shown.state == STATE_UNKNOWN
    assert shown.attributes["detection"] == "one_kind"
    assert shown.attributes["answers"]["stun_google"] == SECOND
    assert list(shown.attributes["answers"].values()).count(FIRST) == 3


@pytest.fixture
async def router() -> AsyncIterator[PortControl]:
    """Run a router on loopback, which our source takes for that of the default route."""
    control = PortControl(IPv4Address(FIRST))
    async with UdpServer(control) as server:
        here = partial(RouterSource, gateway=lambda: IPv4Address(server.host), port=server.port)
        # It knows no UPnP; a frozen clock would never let a search for that end.
        with (
            patch(f"{FACE}.RouterSource", here),
            patch(f"{CORE}.upnp._SEARCH_SECONDS", 0),
        ):
            yield control


async def test_a_router_that_tells_of_a_change_is_heard_at_once(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    async with (
        UpnpGateway({"WANIPConnection:1": FIRST}) as gateway,
        UdpServer(gateway.search) as search,
    ):
        here = partial(
            RouterSource,
            gateway=lambda: IPv4Address("127.0.0.1"),
            port=search.port,
            time_out=timedelta(seconds=0.1),
        )
        with (
            patch(f"{FACE}.RouterSource", here),
            patch(f"{CORE}.upnp._SSDP_PORT", search.port),
            patch(f"{CORE}.upnp._SEARCH_SECONDS", 0.2),
        ):
            entry = public_address(echo, sources=["router"], interval=1440)
            await load(hass, entry)
            assert len(gateway.subscribers) == 1

            await gateway.tell("ExternalIPAddress", FIRST)
            echo.ipv4 = gateway.connections["WANIPConnection:1"] = SECOND
            await gateway.tell("ExternalIPAddress", SECOND)
            sensor = entity_id(hass, "sensor", entry.entry_id, "public_ipv4")
            shown = await until_state(hass, sensor, SECOND)
            assert shown.attributes["agreeing"] == 4

            await unload(hass, entry)
            assert not gateway.subscribers


def nat_repairs(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return the repairs about a NAT."""
    issues = ir.async_get(hass).issues.values()
    return [each for each in issues if each.domain == DOMAIN and each.issue_id.startswith(ISSUE)]


@pytest.mark.parametrize(
    ("outer", "nat"),
    [("100.64.3.4", "carrier_grade"), ("192.168.178.2", "double"), (SECOND, "other_address")],
)
async def test_a_nat_before_the_router_is_told_once_two_looks_found_it(
    hass: HomeAssistant,
    echo: AddressEcho,
    router: PortControl,
    freezer: FrozenDateTimeFactory,
    outer: str,
    nat: str,
) -> None:
    router.address = IPv4Address(outer)
    entry = public_address(echo, sources=["router", "stun_google"])
    async with UdpServer(Seen(FIRST)) as server:
        with stun_at(server):
            await load(hass, entry)
            sensor = entity_id(hass, "binary_sensor", entry.entry_id, "carrier_grade_nat")
            assert state(hass, "sensor", entry.entry_id, "public_ipv4").state == FIRST
            assert not nat_repairs(hass)
            await pass_time(hass, freezer, timedelta(seconds=61))

            shown = await until_state(hass, sensor, "on")
            assert shown.attributes["nat"] == nat
            assert shown.attributes["router_address"] == outer
            (repair,) = nat_repairs(hass)
            assert repair.translation_key == f"behind_nat_{nat}"
            assert repair.translation_placeholders == {"router": outer, "seen": FIRST}

            router.address = IPv4Address(FIRST)
            for _ in range(2):
                await pass_time(hass, freezer, timedelta(minutes=61))
            await until_state(hass, sensor, "off")
            assert not nat_repairs(hass)


async def test_a_router_with_the_address_itself_is_no_problem(
    hass: HomeAssistant, echo: AddressEcho, router: PortControl, freezer: FrozenDateTimeFactory
) -> None:
    router.address = IPv4Address(FIRST)
    entry = public_address(echo, sources=["router"])
    await load(hass, entry)
    sensor = entity_id(hass, "binary_sensor", entry.entry_id, "carrier_grade_nat")
    for _ in range(2):
        await pass_time(hass, freezer, timedelta(minutes=61))

    assert (await until_state(hass, sensor, "off")).attributes["nat"] == "none"
    assert not nat_repairs(hass)


@pytest.mark.parametrize(
    ("source", "why"),
    [("stun_google", "router_is_no_source"), ("router", "router_is_silent")],
)
async def test_where_a_nat_cannot_be_told_the_reason_is(
    hass: HomeAssistant, echo: AddressEcho, router: PortControl, source: str, why: str
) -> None:
    router.result = 2  # not authorized (RFC 6886)
    entry = public_address(echo, sources=[source])
    async with UdpServer(Seen(FIRST)) as server:
        with stun_at(server):
            await load(hass, entry)
            shown = state(hass, "binary_sensor", entry.entry_id, "carrier_grade_nat")

    assert shown.state == "unknown"
    assert shown.attributes["unknown_because"] == why


async def test_a_change_of_an_entity_is_looked_at_once(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    hass.states.async_set("sensor.wan", FIRST)
    entry = public_address(echo, entities=["sensor.wan"], interval=1440)
    await load(hass, entry)
    asked = echo.asked

    hass.states.async_set("sensor.wan", FIRST, {"and": "an attribute"})
    hass.states.async_set("sensor.wan", "unavailable")
    await settle(hass)
    assert echo.asked == asked

    echo.ipv4 = SECOND
    hass.states.async_set("sensor.wan", SECOND)
    shown = entity_id(hass, "sensor", entry.entry_id, "public_ipv4")
    assert (await until_state(hass, shown, SECOND)).attributes["agreeing"] == 4


async def test_an_entity_that_lies_publishes_nothing(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    hass.states.async_set("sensor.wan", FIRST)
    entry = public_address(echo, entities=["sensor.wan"], interval=1440)
    await load(hass, entry)
    asked = echo.asked

    hass.states.async_set("sensor.wan", SECOND)
    sensor = entity_id(hass, "sensor", entry.entry_id, "public_ipv4")
    shown = await until_state(hass, sensor, lambda s: s.attributes["detection"] == "one_kind")

    assert shown.state == FIRST
    assert echo.asked == asked + 3


@pytest.mark.parametrize("told", [None, "unknown", "unavailable", "not an address"])
async def test_an_entity_without_an_address_stands_in_nobodys_way(
    hass: HomeAssistant, echo: AddressEcho, told: str | None
) -> None:
    if told is not None:
        hass.states.async_set("sensor.wan", told)
    entry = public_address(echo, entities=["sensor.wan"])
    await load(hass, entry)

    assert state(hass, "sensor", entry.entry_id, "public_ipv4").state == FIRST


async def test_a_temporary_address_gives_way_to_the_one_that_lasts(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    lasting, temporary = IPv6Address("2a02:d300::1"), IPv6Address("2a02:d300::2:3:4:5")
    held = (HeldAddress("eth0", lasting, 0), HeldAddress("eth0", temporary, 1))
    hass.states.async_set("sensor.wan", str(temporary))
    only = {"custom_sources": [], "entities": ["sensor.wan"], "quorum": 1, "ipv4": False}
    entry = public_address(echo, ipv6=True, **only)
    with patch(f"{FACE}.read_held", return_value=held):
        await load(hass, entry)
        assert state(hass, "sensor", entry.entry_id, "public_ipv6").state == str(lasting)

        asked = {**entry.options, "temporary_addresses": True}
        hass.config_entries.async_update_entry(entry, options=asked)
        await settle(hass)
        assert state(hass, "sensor", entry.entry_id, "public_ipv6").state == str(temporary)


async def test_all_built_in_sources_can_be_made(hass: HomeAssistant) -> None:
    made = make_sources(hass, detection_settings({"ipv6": True, "sources": list(BUILT_IN_SOURCES)}))

    assert {source.id for source in made} == set(BUILT_IN_SOURCES)
    assert {source.kind for source in made} == set(SourceKind) - {SourceKind.ENTITY}
    for family in Family:
        operators = {source.operator for source in made if family in source.families}
        assert len(operators) >= 15


async def test_what_an_older_version_stored_still_works(hass: HomeAssistant) -> None:
    stored: dict[str, Any] = {
        "ipv4": True,
        "ipv6": True,
        "sources": ["cloudflare", "ipify"],
        "custom_sources": ["http://192.168.1.1/ip"],
        "quorum": 3,
        "interval": 5,
    }

    settings = detection_settings(stored)

    assert [source.id for source in make_sources(hass, settings)] == [
        "cloudflare",
        "ipify",
        "http://192.168.1.1/ip",
    ]
    assert (settings.entities, settings.interface, settings.temporary) == ((), None, False)


async def test_an_interface_that_is_named_is_a_source(hass: HomeAssistant) -> None:
    settings = detection_settings({"sources": [], "interface": "ppp0", "ipv4": False})

    assert [source.kind for source in make_sources(hass, settings)] == [SourceKind.INTERFACE]
    # A line without IPv4 has no use for a router's.
    routers = detection_settings({"sources": ["router"], "ipv4": False, "ipv6": True})
    assert make_sources(hass, routers) == ()
