"""Records: they follow the address, with manners; a person is asked where a provider refuses."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.smb_ddns_sync.const import DOMAIN
from demo.web_server import Page

from .site import (
    FIRST,
    SECOND,
    entity_id,
    load,
    only_subentry,
    public_address,
    record,
    settle,
    state,
    subentry,
    unload,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

OTHER = "office.example.com"


def status(hass: HomeAssistant, entry: MockConfigEntry, title: str | None = None) -> str:
    owner = only_subentry(entry, title).subentry_id
    return state(hass, "sensor", owner, "record_status").state


def told_of(hass: HomeAssistant, entry: MockConfigEntry, key: str) -> str:
    return state(hass, "sensor", only_subentry(entry).subentry_id, key).state


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta = timedelta(minutes=5)
) -> None:
    freezer.tick(time + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await settle(hass)


async def call(hass: HomeAssistant, platform: str, action: str, owner: str, key: str) -> None:
    target = {"entity_id": entity_id(hass, platform, owner, key)}
    await hass.services.async_call(platform, action, target, blocking=True)
    await settle(hass)


async def test_a_record_follows_the_address(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    assert provider.records["home.example.com"] == {4: FIRST}
    assert status(hass, entry) == "in_sync"
    assert told_of(hass, entry, "published_ipv4") == FIRST

    echo.ipv4 = SECOND
    await pass_time(hass, freezer)

    assert provider.records["home.example.com"] == {4: SECOND}
    assert told_of(hass, entry, "published_ipv4") == SECOND


async def test_without_a_change_the_provider_is_left_alone(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)

    for _ in range(3):
        await pass_time(hass, freezer)

    assert len(provider.updates) == 1


async def test_a_restart_makes_no_call(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    await unload(hass, entry)

    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert len(provider.updates) == 1
    assert status(hass, entry) == "in_sync"


async def test_home_assistant_no_ip_goes_on_calling_after_it_was_unloaded(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    # A defect of that integration: its timer outlives it.
    provider.misbehave(Page(status=503), times=1)
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    assert status(hass, entry) == "failing"
    await unload(hass, entry)
    asked = (echo.asked, len(provider.updates))

    await pass_time(hass, freezer, timedelta(days=2))

    assert (echo.asked, len(provider.updates)) == asked


async def test_an_address_from_before_a_restart_is_shown_but_not_published(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    await unload(hass, entry)
    echo.misbehave(Page())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    hass.config_entries.async_add_subentry(entry, subentry(record(provider)))
    await settle(hass)

    assert state(hass, "sensor", entry.entry_id, "public_ipv4").state == FIRST
    assert status(hass, entry) == "no_address"
    assert not provider.updates


async def test_a_record_hangs_on_the_public_address(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    device_registry: dr.DeviceRegistry,
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)

    (device,) = (
        device
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        if device.config_subentry_id is not None
    )
    assert device.name == "home.example.com"
    assert device.via_device_id is not None


async def test_a_record_comes_and_goes_without_a_reload(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    device_registry: dr.DeviceRegistry,
    hass_storage: dict[str, Any],
) -> None:
    entry = public_address(echo, record(provider, OTHER))
    await load(hass, entry)
    runtime = entry.runtime_data

    added = subentry(record(provider))
    hass.config_entries.async_add_subentry(entry, added)
    await settle(hass)

    assert entry.runtime_data is runtime
    assert status(hass, entry, "home.example.com") == "in_sync"
    assert provider.records["home.example.com"] == {4: FIRST}

    hass.config_entries.async_remove_subentry(entry, added.subentry_id)
    await settle(hass)

    assert entry.runtime_data is runtime
    assert hass.states.get("sensor.home_example_com_status") is None
    assert len(dr.async_entries_for_config_entry(device_registry, entry.entry_id)) == 2
    kept = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["ledgers"]
    assert added.subentry_id not in kept


async def test_a_changed_record_restarts_only_itself(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider), record(provider, OTHER))
    await load(hass, entry)
    other = only_subentry(entry, OTHER)
    states = {
        each.entity_id: each for each in hass.states.async_all() if "office" in each.entity_id
    }
    assert states
    asked = echo.asked
    freezer.tick(1)

    changed = only_subentry(entry, "home.example.com")
    hass.config_entries.async_update_subentry(
        entry, changed, data={**changed.data, "names": ["home.example.com", OTHER]}
    )
    await settle(hass)

    # The same objects: their states were not even written again.
    assert {name: hass.states.get(name) for name in states} == states
    assert echo.asked == asked
    assert other.subentry_id in {part.subentry.subentry_id for part in entry.runtime_data.records}


async def test_a_new_title_renames_the_device_and_restarts_nothing(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    device_registry: dr.DeviceRegistry,
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)

    hass.config_entries.async_update_subentry(entry, only_subentry(entry), title="My home")
    await settle(hass)

    names = {d.name for d in dr.async_entries_for_config_entry(device_registry, entry.entry_id)}
    assert names == {"Public address", "My home"}
    assert len(provider.updates) == 1


async def test_a_record_that_drops_a_family_drops_its_sensor(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = public_address(echo, record(provider, ipv6=True))
    await load(hass, entry)
    changed = only_subentry(entry)
    unwanted = entity_id(hass, "sensor", changed.subentry_id, "published_ipv6")

    hass.config_entries.async_update_subentry(entry, changed, data={**changed.data, "ipv6": False})
    await settle(hass)

    assert entity_registry.async_get(unwanted) is None
    assert told_of(hass, entry, "published_ipv4") == FIRST


async def test_refused_credentials_ask_a_person_once_and_stop_all_calls(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider, password="wrong"))
    await load(hass, entry)
    for _ in range(3):
        await pass_time(hass, freezer)
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert status(hass, entry) == "auth_rejected"
    assert provider.refused == 1


async def test_new_credentials_are_used_at_once(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider, password="wrong"))
    await load(hass, entry)
    freezer.tick(timedelta(hours=1))

    refused = only_subentry(entry)
    right = record(provider)["data"]
    hass.config_entries.async_update_subentry(entry, refused, data=right)
    await settle(hass)

    assert status(hass, entry) == "in_sync"
    assert provider.records["home.example.com"] == {4: FIRST}


async def test_a_refused_name_is_a_repair_and_does_not_stop_other_records(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    entry = public_address(echo, record(provider, "gone.example.com"), record(provider, OTHER))
    await load(hass, entry)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "record_refused"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["names"] == "gone.example.com"
    assert status(hass, entry, "gone.example.com") == "name_rejected"
    assert status(hass, entry, OTHER) == "in_sync"


async def test_a_refused_name_is_called_for_no_more(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider, "gone.example.com"))
    await load(hass, entry)

    echo.ipv4 = SECOND
    for _ in range(3):
        await pass_time(hass, freezer)

    assert len(provider.updates) == 1


async def test_a_failed_call_is_made_again_as_soon_as_it_is_allowed(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    provider.misbehave(Page(status=503), times=1)
    entry = public_address(echo, record(provider), interval=1440)
    await load(hass, entry)
    assert status(hass, entry) == "failing"

    await pass_time(hass, freezer, timedelta(minutes=90))

    assert status(hass, entry) == "in_sync"


async def test_a_broken_provider_is_logged_once_and_so_is_its_end(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider.misbehave(Page(status=503))
    await load(hass, public_address(echo, record(provider)))
    for _ in range(4):
        await pass_time(hass, freezer, timedelta(minutes=90))
    provider.behave()
    for _ in range(4):
        await pass_time(hass, freezer, timedelta(minutes=90))

    about = [r for r in caplog.records if r.name.startswith("custom_components")]
    assert [r.levelname for r in about if "home.example.com is" in r.getMessage()] == [
        "WARNING",
        "INFO",
    ]


async def test_the_button_calls_the_provider_though_nothing_changed(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    freezer.tick(timedelta(hours=1))

    await call(hass, "button", "press", only_subentry(entry).subentry_id, "update_now")

    assert len(provider.updates) == 2


async def test_a_record_that_is_switched_off_rests_also_after_a_restart(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider))
    await load(hass, entry)
    owner = only_subentry(entry).subentry_id

    await call(hass, "switch", "turn_off", owner, "enabled")
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    echo.ipv4 = SECOND
    await pass_time(hass, freezer)

    assert state(hass, "switch", owner, "enabled").state == STATE_OFF
    assert len(provider.updates) == 1
    with pytest.raises(HomeAssistantError) as refused:
        await call(hass, "button", "press", owner, "update_now")
    assert refused.value.translation_key == "record_switched_off"

    await call(hass, "switch", "turn_on", owner, "enabled")

    assert state(hass, "switch", owner, "enabled").state == STATE_ON
    assert provider.records["home.example.com"] == {4: SECOND}


async def test_a_record_that_cannot_be_kept_is_a_repair_and_leaves_the_others_alone(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    unknown = record(provider)
    unknown["data"] = {**unknown["data"], "provider": "of-a-later-version"}
    entry = public_address(echo, unknown, record(provider, OTHER))
    await load(hass, entry)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "settings_unusable"
    assert status(hass, entry, "home.example.com") == STATE_UNAVAILABLE
    assert status(hass, entry, OTHER) == "in_sync"


async def test_a_record_for_the_own_network_holds_what_an_entity_tells(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    hass.states.async_set("sensor.inside", "192.168.7.2")
    inside = record(provider, OTHER)
    inside["data"] = {**inside["data"], "inner_address": True}
    entry = public_address(echo, record(provider), inside, entities=["sensor.inside"])
    await load(hass, entry)

    assert provider.records["home.example.com"] == {4: FIRST}
    assert provider.records[OTHER] == {4: "192.168.7.2"}

    hass.states.async_set("sensor.inside", "unavailable")
    echo.ipv4 = SECOND
    await pass_time(hass, freezer)

    assert provider.records["home.example.com"] == {4: SECOND}
    assert provider.records[OTHER] == {4: "192.168.7.2"}


async def test_a_provider_without_the_pinned_certificate_is_a_repair(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    watched = record(provider)
    watched["data"] = {**watched["data"], "certificate_pins": "00" * 32}
    entry = public_address(echo, watched)
    await load(hass, entry)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "record_refused_pin"
    assert status(hass, entry) == "pin_mismatch"
    assert not provider.updates


async def test_a_pin_that_is_none_is_a_repair(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    issue_registry: ir.IssueRegistry,
) -> None:
    watched = record(provider)
    watched["data"] = {**watched["data"], "certificate_pins": "of a later version"}
    await load(hass, public_address(echo, watched))

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "settings_unusable"
    assert not provider.updates
