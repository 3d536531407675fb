"""A name that two sites share, in Home Assistant: each leaves it to the other, or takes it."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentryData
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.ddns.authority import Bootstrap
from custom_components.smb_ddns_sync.ddns.name_server import DnsPatience
from custom_components.smb_ddns_sync.ddns.standby import Evidence, Lease, Wish
from custom_components.smb_ddns_sync.record_proof import BOOTSTRAP
from tests.ddns.knot import UPDATER, KnotServer, free_port

from .site import (
    FIRST,
    SECOND,
    entity_id,
    load,
    only_subentry,
    public_address,
    settle,
    state,
    unload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from unittest.mock import AsyncMock

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from demo.echo import AddressEcho

HERE = IPv4Address("127.0.0.2")
NAME, LEASE = "home.ddns.net", "_smb-ddns.home.ddns.net"
HASTY = DnsPatience(timedelta(seconds=1), timedelta(seconds=1))


def _zone(zone: str) -> str:
    own = ["@ 60 SOA ns hostmaster 1 60 60 60 60", "@ 60 NS ns", f"ns 60 A {HERE}"]
    return "\n".join([f"$ORIGIN {zone.strip('.')}.", *own, ""])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnotServer]:
    """Run the root and the zone of the name on one server."""
    zones = {zone: _zone(zone) for zone in (".", "ddns.net")}
    folder = tmp_path_factory.mktemp("knot")
    with KnotServer(folder, HERE, free_port(HERE), zones, (UPDATER,)) as server:
        yield server


@pytest.fixture(name="zone")
def zone_fixture(
    hass: HomeAssistant, server: KnotServer, freezer: FrozenDateTimeFactory
) -> KnotServer:
    """Return the server as it is before anybody came, as all name servers there are.

    Signed messages are good for five minutes of the server's clock, so the test begins before it.
    """
    freezer.move_to(datetime.now(UTC) - timedelta(minutes=3))
    hass.data[BOOTSTRAP] = Bootstrap((server.endpoint,), server.port, False, HASTY)
    hold(server, NAME, "A", SECOND)
    hold(server, LEASE, "TXT")
    return server


@pytest.fixture(name="service")
def service_fixture() -> Iterator[AsyncMock]:
    """Return what a look for the primary's service finds."""
    target = "custom_components.smb_ddns_sync.ddns.failover.look_for"
    with patch(target, return_value=Evidence.ALIVE) as service:
        yield service


def hold(server: KnotServer, name: str, kind: str, *contents: str) -> None:
    """Let a name hold records of a type, and no others."""
    update = UPDATER.update("ddns.net")
    update.delete(f"{name}.", kind)
    for content in contents:
        update.add(f"{name}.", 60, kind, f'"{content}"' if kind == "TXT" else content)
    server.tell(update)


def shared(server: KnotServer, role: str) -> ConfigSubentryData:
    """Return a record that another site keeps as well."""
    return ConfigSubentryData(
        subentry_type="record",
        title=NAME,
        unique_id=f"record:rfc2136:{NAME}",
        data={
            "provider": "rfc2136",
            "names": [NAME],
            "ipv4": True,
            "ipv6": False,
            "name_server": f"{HERE}:{server.port}",
            "key_name": UPDATER.name,
            "key_secret": UPDATER.secret,
            "standby_role": role,
            "standby_service": "smb",
            "standby_port": 445,
            "standby_checks": 1,
            "standby_host": "",
        },
    )


async def check(hass: HomeAssistant, freezer: FrozenDateTimeFactory, times: int) -> None:
    for _ in range(times):
        freezer.tick(timedelta(seconds=91))
        async_fire_time_changed(hass)
        await settle(hass)


def told(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    return state(hass, "sensor", only_subentry(entry).subentry_id, key).state


async def test_the_primary_waits_for_its_lease_before_it_writes(
    hass: HomeAssistant,
    echo: AddressEcho,
    zone: KnotServer,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = public_address(echo, shared(zone, "primary"))
    await load(hass, entry)
    assert told(hass, entry, "standby_duty") == "taking"
    assert told(hass, entry, "record_status") == "resting"
    assert zone.ask(NAME, "A") == [SECOND]

    await check(hass, freezer, 3)

    assert told(hass, entry, "standby_duty") == "active"
    assert told(hass, entry, "record_status") == "in_sync"
    assert zone.ask(NAME, "A") == [FIRST]
    await unload(hass, entry)


async def test_the_standby_leaves_a_living_primary_alone(
    hass: HomeAssistant,
    echo: AddressEcho,
    zone: KnotServer,
    service: AsyncMock,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = public_address(echo, shared(zone, "standby"))
    await load(hass, entry)
    await check(hass, freezer, 3)

    assert told(hass, entry, "standby_duty") == "resting"
    assert told(hass, entry, "record_status") == "resting"
    assert service.await_args is not None
    assert service.await_args.args[1] == SECOND
    assert (zone.ask(NAME, "A"), zone.ask(LEASE, "TXT")) == ([SECOND], [])
    owner = only_subentry(entry).subentry_id
    target = {"entity_id": entity_id(hass, "button", owner, "update_now")}
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call("button", "press", target, blocking=True)
    assert refused.value.translation_key == "record_not_updated"
    await unload(hass, entry)


async def test_a_take_over_is_a_repair_until_the_name_is_given_back(
    hass: HomeAssistant,
    echo: AddressEcho,
    zone: KnotServer,
    service: AsyncMock,
    issue_registry: ir.IssueRegistry,
    freezer: FrozenDateTimeFactory,
) -> None:
    service.return_value = Evidence.DEAD
    hold(zone, LEASE, "TXT", Lease("other", 7, datetime(2020, 1, 1, tzinfo=UTC)).text)
    entry = public_address(echo, shared(zone, "standby"))
    await load(hass, entry)
    await check(hass, freezer, 2)

    assert told(hass, entry, "standby_duty") == "active"
    assert zone.ask(NAME, "A") == [FIRST]
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "standby_active"

    service.return_value = Evidence.ALIVE
    (lease,) = zone.ask(LEASE, "TXT")
    wish = Wish("other", SECOND, datetime.now(UTC) + timedelta(minutes=9))
    hold(zone, LEASE, "TXT", lease.strip('"'), wish.text)
    await check(hass, freezer, 2)

    assert told(hass, entry, "standby_duty") == "resting"
    assert service.await_args is not None
    assert not issue_registry.issues
    await unload(hass, entry)


async def test_a_restart_keeps_the_name(
    hass: HomeAssistant,
    echo: AddressEcho,
    zone: KnotServer,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = public_address(echo, shared(zone, "primary"))
    await load(hass, entry)
    await check(hass, freezer, 3)

    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert told(hass, entry, "standby_duty") == "active"
    await unload(hass, entry)


async def test_a_record_that_is_no_longer_shared_follows_at_once(
    hass: HomeAssistant, echo: AddressEcho, zone: KnotServer, service: AsyncMock
) -> None:
    entry = public_address(echo, shared(zone, "standby"))
    await load(hass, entry)
    assert zone.ask(NAME, "A") == [SECOND]
    assert service.await_count

    record = only_subentry(entry)
    alone = {key: value for key, value in record.data.items() if not key.startswith("standby")}
    hass.config_entries.async_update_subentry(entry, record, data=alone)
    await settle(hass)

    assert zone.ask(NAME, "A") == [FIRST]
    assert told(hass, entry, "record_status") == "in_sync"
    assert hass.states.get("sensor.home_ddns_net_failover") is None
    await unload(hass, entry)


async def test_a_record_that_is_switched_off_checks_no_more(
    hass: HomeAssistant,
    echo: AddressEcho,
    zone: KnotServer,
    service: AsyncMock,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = public_address(echo, shared(zone, "standby"))
    await load(hass, entry)
    owner = only_subentry(entry).subentry_id
    looks = service.await_count
    target = {"entity_id": entity_id(hass, "switch", owner, "enabled")}
    await hass.services.async_call("switch", "turn_off", target, blocking=True)

    await check(hass, freezer, 3)

    assert service.await_count == looks
    await unload(hass, entry)
