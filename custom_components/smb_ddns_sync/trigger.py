"""Triggers: the world sees this site at another address; a run found conflicts.

`public_address_changed` fires when sources agree on an address and another one of the same family
was known before, also from before a restart. It does not fire for the first address that is ever
found, because nothing has changed then, and never for a failed detection. `conflict_found` fires
once for a conflict, also where it waits for a person for long.
"""

from typing import TYPE_CHECKING, Any, override

from homeassistant.const import CONF_DEVICE_ID, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
import probatio

from .const import DOMAIN
from .ddns.address import Family
from .job import SIGNAL_CONFLICTS_FOUND, ConflictsFound
from .public_address import FAMILY_KEYS, SIGNAL_ADDRESS_CHANGED, AddressChange

if TYPE_CHECKING:
    from homeassistant.helpers.typing import ConfigType

CONF_FAMILY = "family"

_FAMILIES = {key: family for family, key in FAMILY_KEYS.items()}

_SCHEMA = probatio.Schema(
    {
        probatio.Optional(CONF_OPTIONS, default=dict): {
            probatio.Optional(CONF_FAMILY): probatio.In(_FAMILIES)
        }
    }
)

_CONFLICT_SCHEMA = probatio.Schema(
    {probatio.Optional(CONF_OPTIONS, default=dict): {probatio.Optional(CONF_DEVICE_ID): cv.string}}
)


class PublicAddressChangedTrigger(Trigger):
    """Fires when the public address of the chosen family, or of either family, has changed."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options."""
        validated: ConfigType = _SCHEMA(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        options: dict[str, Any] = config.options or {}
        chosen = options.get(CONF_FAMILY)
        self._families = frozenset(Family) if chosen is None else frozenset({_FAMILIES[chosen]})

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Listen for changes.

        The signal is not the entry's, so a reload of the entry changes nothing here.
        """

        @callback
        def address_changed(change: AddressChange) -> None:
            if change.family in self._families:
                run_action(change.as_dict(), f"public address changed to {change.new}")

        return async_dispatcher_connect(self._hass, SIGNAL_ADDRESS_CHANGED, address_changed)


class ConflictFoundTrigger(Trigger):
    """Fires when a run has found files that both sides have changed: of one job, or of any."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check the options."""
        validated: ConfigType = _CONFLICT_SCHEMA(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        options: dict[str, Any] = config.options or {}
        self._device_id: str | None = options.get(CONF_DEVICE_ID)

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Listen for what all jobs find. A reload of their entries changes nothing here."""

        @callback
        def found(news: ConflictsFound) -> None:
            if self._device_id is not None:
                device = dr.async_get(self._hass).async_get(self._device_id)
                if device is None or (DOMAIN, news.subentry_id) not in device.identifiers:
                    return
            told = {"job": news.job, "conflicts": news.conflicts}
            run_action(told, f"the sync job {news.job} found {news.conflicts} conflicts")

        return async_dispatcher_connect(self._hass, SIGNAL_CONFLICTS_FOUND, found)


TRIGGERS: dict[str, type[Trigger]] = {
    "conflict_found": ConflictFoundTrigger,
    "public_address_changed": PublicAddressChangedTrigger,
}


async def async_get_triggers(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return TRIGGERS
