"""What happened to the address, a record, a share or a job, told once to all who want to know.

Automations hear of it by triggers (`trigger.py`), and the logbook by an event on the bus
(`logbook.py`). A value that merely stands is no news: entities show it, and conditions ask for it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import ATTR_DEVICE_ID, ATTR_NAME, CONF_TYPE
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from .const import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping


class NewsKind(StrEnum):
    """What can happen: the keys of triggers, and of the sentences of the logbook."""

    PUBLIC_ADDRESS_CHANGED = "public_address_changed"
    RECORD_UPDATED = "record_updated"
    RECORD_FAILED = "record_failed"
    SHARE_UNREACHABLE = "share_unreachable"
    SHARE_RECOVERED = "share_recovered"
    SYNC_COMPLETED = "sync_completed"
    SYNC_FAILED = "sync_failed"
    CONFLICT_FOUND = "conflict_found"
    DELETIONS_HELD = "deletions_held"


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened to an entry, or to one of its records or jobs."""

    kind: NewsKind
    entry_id: str
    subentry_id: str | None
    name: str
    """The title of what it is about."""
    data: Mapping[str, Any]
    """What triggers tell of it, in values of JSON."""
    is_logged: bool = True
    """Whether it is worth a line in the logbook."""


SIGNAL_NEWS: Final = SignalType[News](f"{DOMAIN}_news")
EVENT_NEWS: Final = f"{DOMAIN}_news"


@callback
def async_tell(hass: HomeAssistant, news: News) -> None:
    """Tell automations and the logbook."""
    async_dispatcher_send(hass, SIGNAL_NEWS, news)
    if not news.is_logged:
        return
    owner = (DOMAIN, news.subentry_id or news.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), news.entry_id)
    told = {CONF_TYPE: news.kind.value, ATTR_NAME: news.name, **news.data}
    for device in devices:
        if owner in device.identifiers:
            told[ATTR_DEVICE_ID] = device.id
    hass.bus.async_fire(EVENT_NEWS, told)
