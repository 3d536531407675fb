"""How the tests of flows read a form: what it suggests, and which fields it has."""

from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.data_entry_flow import section

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import SubentryFlowResult
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


def suggested(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields of a form, and those of its sections, are filled in with."""
    found: dict[str, Any] = {}
    for marker, field in result["data_schema"].schema.items():
        if isinstance(field, section):
            found |= suggested({"data_schema": field.schema})
        elif marker.description and "suggested_value" in marker.description:
            found[str(marker)] = marker.description["suggested_value"]
    return found


def fields(result: Mapping[str, Any]) -> set[str]:
    """Return the keys of a form's fields."""
    return {str(marker) for marker in result["data_schema"].schema}


def options(result: Mapping[str, Any], key: str) -> list[str]:
    """Return what a field of a form offers to choose from."""
    field = result["data_schema"].schema[key]
    return [
        option if isinstance(option, str) else option["value"] for option in field.config["options"]
    ]


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str
) -> SubentryFlowResult:
    """Return the form that changes a subentry."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, entry.subentries[subentry_id].subentry_type),
        context={"source": SOURCE_RECONFIGURE, "subentry_id": subentry_id},
    )


async def submit_subentry(
    hass: HomeAssistant, shown: SubentryFlowResult, entered: dict[str, Any]
) -> SubentryFlowResult:
    """Return what the form of a subentry leads to."""
    result = await hass.config_entries.subentries.async_configure(shown["flow_id"], entered)
    await hass.async_block_till_done()
    return result


def only(entry: MockConfigEntry) -> str:
    """Return the id of the only subentry."""
    (subentry_id,) = entry.subentries
    return subentry_id
