"""The public address: what is shown, what is kept, and what is told of a change."""

from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNKNOWN
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.const import DOMAIN
from demo.web_server import Page

from .site import (
    FIRST,
    SECOND,
    entity_id,
    load,
    public_address,
    settle,
    state,
    unload,
    until_state,
)

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant
    import pytest

    from demo.echo import AddressEcho


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, time: timedelta = timedelta(minutes=5)
) -> None:
    """Let the interval pass, with what happens then."""
    freezer.tick(time + timedelta(seconds=1))
    async_fire_time_changed(hass)
    await settle(hass)


async def test_what_the_sources_agree_on_is_shown(hass: HomeAssistant, echo: AddressEcho) -> None:
    entry = public_address(echo)
    await load(hass, entry)

    shown = state(hass, "sensor", entry.entry_id, "public_ipv4")
    assert shown.state == FIRST
    assert shown.attributes["agreeing"] == 3
    assert shown.attributes["detection"] == "agreed"


async def test_the_entry_is_a_service_device(
    hass: HomeAssistant, echo: AddressEcho, device_registry: dr.DeviceRegistry
) -> None:
    entry = public_address(echo)
    await load(hass, entry)

    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert device.entry_type is dr.DeviceEntryType.SERVICE
    assert device.name == "Public address"


async def test_two_of_the_sources_are_asked_again_after_the_interval(
    hass: HomeAssistant, echo: AddressEcho, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, interval=7)
    await load(hass, entry)
    asked = echo.asked

    await pass_time(hass, freezer, timedelta(minutes=6))
    assert echo.asked == asked

    await pass_time(hass, freezer, timedelta(minutes=1))
    assert echo.asked == asked + 2


async def test_the_button_asks_at_once(hass: HomeAssistant, echo: AddressEcho) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    echo.ipv4 = SECOND

    button = entity_id(hass, "button", entry.entry_id, "check_now")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)

    await until_state(hass, entity_id(hass, "sensor", entry.entry_id, "public_ipv4"), SECOND)


async def test_a_change_is_an_event_with_the_old_and_the_new_address(
    hass: HomeAssistant, echo: AddressEcho, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    first_change = state(hass, "sensor", entry.entry_id, "last_change").state

    echo.ipv4 = SECOND
    await pass_time(hass, freezer)

    told = state(hass, "event", entry.entry_id, "address").attributes
    assert (told["event_type"], told["family"]) == ("changed", "ipv4")
    assert (told["old"], told["new"]) == (FIRST, SECOND)
    assert state(hass, "sensor", entry.entry_id, "last_change").state > first_change


async def test_the_first_address_ever_is_no_event(hass: HomeAssistant, echo: AddressEcho) -> None:
    entry = public_address(echo)
    await load(hass, entry)

    assert state(hass, "event", entry.entry_id, "address").state == STATE_UNKNOWN


async def test_a_failed_detection_keeps_the_address_and_says_so(
    hass: HomeAssistant, echo: AddressEcho, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo)
    await load(hass, entry)

    echo.misbehave(Page())
    await pass_time(hass, freezer)

    shown = state(hass, "sensor", entry.entry_id, "public_ipv4")
    assert shown.state == FIRST
    assert shown.attributes["detection"] == "too_few_answers"
    assert shown.attributes["agreeing"] == 0


async def test_a_failure_is_logged_once_and_so_is_its_end(
    hass: HomeAssistant,
    echo: AddressEcho,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await load(hass, public_address(echo))

    echo.misbehave(Page())
    for _ in range(3):
        await pass_time(hass, freezer)
    assert caplog.text.count("could not be confirmed") == 1

    echo.behave()
    for _ in range(3):
        await pass_time(hass, freezer)
    assert caplog.text.count("agree on the public IPv4 address again") == 1


async def test_the_address_outlasts_a_restart_without_sources(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    last_change = state(hass, "sensor", entry.entry_id, "last_change").state
    await unload(hass, entry)

    echo.misbehave(Page())
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert state(hass, "sensor", entry.entry_id, "public_ipv4").state == FIRST
    assert state(hass, "sensor", entry.entry_id, "last_change").state == last_change


async def test_a_change_over_a_restart_is_told(hass: HomeAssistant, echo: AddressEcho) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    await unload(hass, entry)

    echo.ipv4 = SECOND
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert state(hass, "event", entry.entry_id, "address").attributes["old"] == FIRST


async def test_an_address_that_the_world_cannot_reach_is_not_taken(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    echo.ipv4 = "100.64.1.1"
    entry = public_address(echo)
    await load(hass, entry)

    shown = state(hass, "sensor", entry.entry_id, "public_ipv4")
    assert shown.state == STATE_UNKNOWN
    assert shown.attributes["detection"] == "not_public"


async def test_a_family_that_is_no_longer_wanted_leaves_nothing_behind(
    hass: HomeAssistant, echo: AddressEcho, entity_registry: er.EntityRegistry
) -> None:
    entry = public_address(echo, ipv6=True)
    await load(hass, entry)
    unwanted = entity_id(hass, "sensor", entry.entry_id, "public_ipv6")

    hass.config_entries.async_update_entry(entry, options={**entry.options, "ipv6": False})
    await settle(hass)

    assert entry.state is ConfigEntryState.LOADED
    assert entity_registry.async_get(unwanted) is None


async def test_settings_that_no_form_stores_are_refused_with_the_reason(
    hass: HomeAssistant, echo: AddressEcho
) -> None:
    entry = public_address(echo, interval=0)
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)

    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "unusable_settings"


async def test_a_removed_entry_leaves_nothing_in_storage(
    hass: HomeAssistant, echo: AddressEcho, hass_storage: dict[str, object]
) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    assert f"{DOMAIN}.{entry.entry_id}" in hass_storage

    await hass.config_entries.async_remove(entry.entry_id)

    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage
