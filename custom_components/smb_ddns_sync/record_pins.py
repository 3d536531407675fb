"""The certificates that a record's provider has to show, from the record's data to its client."""

from typing import TYPE_CHECKING, Any

from .const import CONF_PINS
from .ddns.pinning import pinned, pinned_context, read_pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.core import HomeAssistant

    from .ddns.provider import Provider


async def async_prepare_pins(hass: HomeAssistant, data: Mapping[str, Any]) -> None:
    """Read what a client with pins needs from the disk. Raises `ValueError` for bad pins."""
    if text := data.get(CONF_PINS):
        await hass.async_add_executor_job(pinned_context, read_pins(text))


def with_pins(client: Provider, data: Mapping[str, Any]) -> Provider:
    """Return a client that minds the pins, where there are any. Raises `ValueError`."""
    text = data.get(CONF_PINS)
    return pinned(client, read_pins(text)) if text else client
