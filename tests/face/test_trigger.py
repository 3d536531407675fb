"""The trigger `public_address_changed`, in automations as people write them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from .site import FIRST, SECOND, load, public_address, settle, unload

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant, ServiceCall

    from demo.echo import AddressEcho

TRIGGER = "smb_ddns_sync.public_address_changed"


@pytest.fixture(name="told")
def told_fixture(hass: HomeAssistant) -> list[ServiceCall]:
    """Collect what the automation does."""
    return async_mock_service(hass, "test", "tell")


async def automate(hass: HomeAssistant, options: dict[str, Any] | None = None) -> None:
    trigger: dict[str, Any] = {"trigger": TRIGGER}
    if options is not None:
        trigger["options"] = options
    words = "{{ trigger.family }} {{ trigger.old }} {{ trigger.new }}"
    automation = {
        "triggers": [trigger],
        "actions": [{"action": "test.tell", "data": {"words": words}}],
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()


async def ask_again(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.tick(timedelta(minutes=5, seconds=1))
    async_fire_time_changed(hass)
    await settle(hass)


@pytest.fixture(name="entry")
async def entry_fixture(
    hass: HomeAssistant,
    echo: AddressEcho,
    freezer: FrozenDateTimeFactory,  # noqa: ARG001 - time must stand still before timers are set
) -> MockConfigEntry:
    """Load the public address."""
    entry = public_address(echo)
    await load(hass, entry)
    return entry


@pytest.mark.usefixtures("entry")
async def test_it_fires_with_family_old_and_new(
    hass: HomeAssistant, echo: AddressEcho, told: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    await automate(hass)
    echo.ipv4 = SECOND
    await ask_again(hass, freezer)
    await ask_again(hass, freezer)

    assert [call.data["words"] for call in told] == [f"ipv4 {FIRST} {SECOND}"]


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(("family", "times"), [("ipv4", 1), ("ipv6", 0)])
async def test_it_fires_only_for_the_chosen_family(
    hass: HomeAssistant,
    echo: AddressEcho,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    family: str,
    times: int,
) -> None:
    await automate(hass, {"family": family})
    echo.ipv4 = SECOND
    await ask_again(hass, freezer)

    assert len(told) == times


async def test_it_does_not_fire_for_the_first_address_ever(
    hass: HomeAssistant, echo: AddressEcho, told: list[ServiceCall]
) -> None:
    await automate(hass)
    await load(hass, public_address(echo))

    assert not told


async def test_it_outlasts_a_reload_and_fires_for_nothing_then(
    hass: HomeAssistant,
    echo: AddressEcho,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
) -> None:
    await automate(hass)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert not told

    echo.ipv4 = SECOND
    await ask_again(hass, freezer)

    assert len(told) == 1


async def test_it_fires_for_a_change_while_the_entry_was_not_loaded(
    hass: HomeAssistant, echo: AddressEcho, entry: MockConfigEntry, told: list[ServiceCall]
) -> None:
    await automate(hass)
    await unload(hass, entry)
    echo.ipv4 = SECOND
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    assert [call.data["words"] for call in told] == [f"ipv4 {FIRST} {SECOND}"]


@pytest.mark.usefixtures("entry", "told")
async def test_a_family_that_is_none_is_refused(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    await automate(hass, {"family": "ipx"})

    assert "family" in caplog.text
    assert hass.states.get("automation.automation_0") is not None
    assert "failed to setup triggers" in caplog.text
