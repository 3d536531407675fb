"""Records: whether the world sees them is asked of their zone's name servers."""

from datetime import timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.ddns.authority import Bootstrap
from custom_components.smb_ddns_sync.ddns.name_server import DnsPatience
from custom_components.smb_ddns_sync.record_proof import BOOTSTRAP
from demo.dyndns2 import Dyndns2Server
from tests.ddns.knot import KnotServer, free_port

from .site import (
    FIRST,
    PASSWORD,
    SECOND,
    USERNAME,
    load,
    only_subentry,
    public_address,
    record,
    settle,
    state,
    unload,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant, State
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from demo.echo import AddressEcho

HERE = IPv4Address("127.0.0.2")
RIGHT, WRONG = "right.ddns.net", "wrong.ddns.net"
HASTY = DnsPatience(timedelta(seconds=1), timedelta(seconds=1))


def _zone(origin: str, *lines: str) -> str:
    own = ["@ 60 SOA ns hostmaster 1 60 60 60 60", "@ 60 NS ns", f"ns 60 A {HERE}"]
    return "\n".join([f"$ORIGIN {origin}", *own, *lines, ""])


@pytest.fixture(scope="module")
def name_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnotServer]:
    """Run the root and the zone of the records on one server."""
    zones = {
        ".": _zone("."),
        "ddns.net": _zone("ddns.net.", f"right 60 A {FIRST}", f"wrong 60 A {SECOND}"),
    }
    folder = tmp_path_factory.mktemp("knot")
    with KnotServer(folder, HERE, free_port(HERE), zones) as server:
        yield server


@pytest.fixture
async def dyndns2() -> AsyncIterator[Dyndns2Server]:
    """Run a provider of the zone's names."""
    names = [RIGHT, WRONG, "home.example.com"]
    async with Dyndns2Server(USERNAME, PASSWORD, names) as server:
        yield server


def begin_at(hass: HomeAssistant, server: KnotServer) -> None:
    """Let the search for name servers begin at a server of ours."""
    hass.data[BOOTSTRAP] = Bootstrap((server.endpoint,), server.port, False, HASTY)


async def pass_time(hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta) -> None:
    freezer.tick(time)
    async_fire_time_changed(hass)
    await settle(hass)


def in_sync(hass: HomeAssistant, entry: MockConfigEntry) -> State:
    return state(hass, "binary_sensor", only_subentry(entry).subentry_id, "in_sync")


async def test_a_record_that_all_name_servers_tell_is_in_sync(
    hass: HomeAssistant,
    echo: AddressEcho,
    dyndns2: Dyndns2Server,
    name_server: KnotServer,
    freezer: FrozenDateTimeFactory,
) -> None:
    begin_at(hass, name_server)
    entry = public_address(echo, record(dyndns2, RIGHT))
    await load(hass, entry)
    assert in_sync(hass, entry).state == STATE_UNKNOWN

    await pass_time(hass, freezer, timedelta(seconds=30))

    assert in_sync(hass, entry).state == STATE_ON
    assert in_sync(hass, entry).attributes["records"] == {f"{RIGHT} A": "in_sync"}
    assert len(dyndns2.updates) == 1
    await unload(hass, entry)


async def test_drift_is_told_and_the_provider_is_asked_again_with_manners(
    hass: HomeAssistant,
    echo: AddressEcho,
    dyndns2: Dyndns2Server,
    name_server: KnotServer,
    freezer: FrozenDateTimeFactory,
) -> None:
    begin_at(hass, name_server)
    entry = public_address(echo, record(dyndns2, WRONG))
    await load(hass, entry)

    await pass_time(hass, freezer, timedelta(seconds=30))
    assert in_sync(hass, entry).state == STATE_OFF
    told = in_sync(hass, entry).attributes["records"][f"{WRONG} A"]
    assert told == f"ns.ddns.net tells {SECOND}, not {FIRST}"
    assert len(dyndns2.updates) == 1

    for _ in range(12):
        await pass_time(hass, freezer, timedelta(hours=1))
    assert len(dyndns2.updates) == 2
    await unload(hass, entry)


async def test_where_no_name_server_can_be_found_nothing_is_claimed(
    hass: HomeAssistant,
    echo: AddressEcho,
    dyndns2: Dyndns2Server,
    tmp_path: Path,
    freezer: FrozenDateTimeFactory,
) -> None:
    zones = {"elsewhere.net": _zone("elsewhere.net.")}
    with KnotServer(tmp_path, HERE, free_port(HERE), zones) as no_root:
        begin_at(hass, no_root)
        entry = public_address(echo, record(dyndns2, RIGHT))
        await load(hass, entry)
        await pass_time(hass, freezer, timedelta(seconds=30))

    assert in_sync(hass, entry).state == STATE_UNKNOWN
    assert in_sync(hass, entry).attributes["asked"] is not None
    await unload(hass, entry)


async def test_nobody_is_asked_about_a_name_that_cannot_be_in_the_public_dns(
    hass: HomeAssistant,
    echo: AddressEcho,
    dyndns2: Dyndns2Server,
    name_server: KnotServer,
    freezer: FrozenDateTimeFactory,
) -> None:
    begin_at(hass, name_server)
    entry = public_address(echo, record(dyndns2, "home.example.com"))
    await load(hass, entry)

    await pass_time(hass, freezer, timedelta(hours=7))

    assert in_sync(hass, entry).state == STATE_UNKNOWN
    assert in_sync(hass, entry).attributes["asked"] is None
    await unload(hass, entry)
