"""Filled-in forms of a share, and how the tests of its flows go through them."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.smb_ddns_sync.const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

LOOK: Final = "custom_components.smb_ddns_sync.flow_share._look"
SECRET: Final = "correct horse"
ADVANCED: Final = ("addresses", "domain", "encryption", "backup_folder")


def form(**changes: Any) -> dict[str, Any]:
    """Return a filled-in form; what belongs to the folded section is put there."""
    advanced = {key: changes.pop(key) for key in ADVANCED if key in changes}
    return {
        "host": "nas.local",
        "port": 445,
        "share": "photos",
        "username": "anna",
        "password": SECRET,
        "advanced": advanced,
    } | changes


def data(**changes: Any) -> dict[str, Any]:
    """Return the data of an entry as it is stored."""
    return {
        "kind": "share",
        "host": "nas.local",
        "port": 445,
        "share": "photos",
        "username": "anna",
        "password": SECRET,
        "addresses": [],
        "domain": "",
        "encryption": "public_address",
        "backup_folder": "homeassistant-backups",
    } | changes


def stored(**changes: Any) -> MockConfigEntry:
    """Return an entry as it was saved."""
    stored_data = data(**changes)
    return MockConfigEntry(
        domain=DOMAIN,
        title=f"{stored_data['share']} ({stored_data['host']})",
        unique_id=f"share:{stored_data['host']}:{stored_data['port']}/{stored_data['share']}",
        data=stored_data,
    )


async def open_form(hass: HomeAssistant) -> ConfigFlowResult:
    menu = await hass.config_entries.flow.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await submit(hass, menu, {"next_step_id": "share"})


async def submit(
    hass: HomeAssistant, shown: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    result = await hass.config_entries.flow.async_configure(shown["flow_id"], entered)
    # A server that takes its time makes the flow show progress; it goes on by itself.
    await hass.async_block_till_done()
    if result["type"] is FlowResultType.SHOW_PROGRESS:
        result = await hass.config_entries.flow.async_configure(shown["flow_id"])
        await hass.async_block_till_done()
    return result
