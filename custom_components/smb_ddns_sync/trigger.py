"""Triggers: the news of the address, records, shares and jobs, for automations.

Without a target a trigger fires for all that there is of its kind; with one, for what is named:
a share stands for its jobs, and the public address for its records. News are not an entry's own, so
neither a reload nor an entry that comes later needs another set-up here.
"""

from typing import TYPE_CHECKING, Any, ClassVar, override

from homeassistant.const import CONF_DEVICE_ID, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
import probatio

from .news import SIGNAL_NEWS, News, NewsKind
from .public_address import FAMILY_KEYS
from .sync.status import Result
from .targets import async_named, is_named

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from homeassistant.helpers.typing import ConfigType

CONF_FAMILY = "family"
CONF_RESULT = "result"


class NewsTrigger(Trigger):
    """Fires for news of one kind that are about the target and have what the options ask for."""

    kind: ClassVar[NewsKind]
    choices: ClassVar[Mapping[str, Container[str]]]
    """What an option may be; it has to be equal to what the news say under the same name."""

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Check target and options."""
        options = {
            probatio.Optional(name): probatio.In(allowed) for name, allowed in cls.choices.items()
        }
        schema = probatio.Schema(
            {
                probatio.Optional(CONF_OPTIONS, default=dict): options,
                probatio.Optional(CONF_TARGET): cv.TARGET_FIELDS,
            }
        )
        validated: ConfigType = schema(_with_target(config))
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._options: dict[str, Any] = config.options or {}
        self._target = config.target

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Listen for news."""

        @callback
        def heard(news: News) -> None:
            if news.kind is self.kind and self._is_wanted(news):
                words = news.kind.value.replace("_", " ")
                run_action(dict(news.data), f"{news.name}: {words}")

        return async_dispatcher_connect(self._hass, SIGNAL_NEWS, heard)

    @callback
    def _is_wanted(self, news: News) -> bool:
        if any(news.data.get(name) != wanted for name, wanted in self._options.items()):
            return False
        if self._target is None:
            return True
        named = async_named(self._hass, self._target)
        return is_named(named, news.entry_id, news.subentry_id)


def _with_target(config: ConfigType) -> ConfigType:
    """Return the config with a target in place of `device_id`, which was an option once."""
    options = dict(config.get(CONF_OPTIONS) or {})
    if (device_id := options.pop(CONF_DEVICE_ID, None)) is None:
        return config
    return {**config, CONF_OPTIONS: options, CONF_TARGET: {CONF_DEVICE_ID: device_id}}


_CHOICES: Mapping[NewsKind, Mapping[str, Container[str]]] = {
    NewsKind.PUBLIC_ADDRESS_CHANGED: {CONF_FAMILY: tuple(FAMILY_KEYS.values())},
    NewsKind.SYNC_FAILED: {CONF_RESULT: (Result.FAILED.value, Result.INCOMPLETE.value)},
}


def _trigger(of: NewsKind) -> type[NewsTrigger]:
    class OfKind(NewsTrigger):
        kind = of
        choices = _CHOICES.get(of, {})

    return OfKind


TRIGGERS: dict[str, type[Trigger]] = {kind.value: _trigger(kind) for kind in NewsKind}


async def async_get_triggers(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
) -> dict[str, type[Trigger]]:
    """Return the triggers of this integration."""
    return TRIGGERS
