"""The logbook's sentences about our news, in the language of the system."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.logbook.const import LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.const import ATTR_NAME, CONF_TYPE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN
from .news import EVENT_NEWS

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXTS: Final = f"component.{DOMAIN}.selector.news.options"
"""Where the sentences are: of all that translations may hold, options of a selector are those that
Home Assistant keeps at hand in its own language and asks nothing else of."""


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event[Any]], dict[str, str]]], None],
) -> None:
    """Say how events of ours are told."""

    @callback
    def describe(event: Event[Any]) -> dict[str, str]:
        kind = str(event.data.get(CONF_TYPE))
        texts = async_get_cached_translations(hass, hass.config.language, "selector", DOMAIN)
        text = texts.get(f"{_TEXTS}.{kind}", kind.replace("_", " "))
        return {
            LOGBOOK_ENTRY_NAME: str(event.data.get(ATTR_NAME)),
            LOGBOOK_ENTRY_MESSAGE: _filled_in(text, event.data),
        }

    async_describe_event(DOMAIN, EVENT_NEWS, describe)


def _filled_in(text: str, data: dict[str, Any]) -> str:
    """Fill a sentence in; an event that somebody else has fired may lack what it says."""
    for key, value in data.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
