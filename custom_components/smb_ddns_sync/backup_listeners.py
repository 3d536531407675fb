"""Who is told when a location for backups comes or goes.

Apart from the agents, because those load all of Home Assistant's backup integration, which may not
be there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

if TYPE_CHECKING:
    from homeassistant.config_entries import ConfigEntry

type _Listener = Callable[[], None]

_LISTENERS: HassKey[list[_Listener]] = HassKey(f"{DOMAIN}_backup_listeners")


@callback
def async_listen(hass: HomeAssistant, listener: _Listener) -> _Listener:
    """Have somebody told; return how to stop it."""
    listeners = hass.data.setdefault(_LISTENERS, [])
    listeners.append(listener)

    @callback
    def remove() -> None:
        listeners.remove(listener)

    return remove


@callback
def async_follow_share(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Tell of everything that becomes of a share's entry from now on, its unloading included."""

    @callback
    def tell() -> None:
        for listener in hass.data.get(_LISTENERS, ()):
            listener()

    entry.async_on_unload(entry.async_on_state_change(tell))
