"""Names that follow the address, shares that tell how they are, folders that stay the same."""

import logging
from typing import TYPE_CHECKING, assert_never

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import config_validation as cv

from .address_sources import detection_settings
from .backup_listeners import async_follow_share
from .const import CONF_KIND, DOMAIN, SUBENTRY_JOB, SUBENTRY_RECORD, EntryKind
from .coordinator import PublicAddressRuntime, ShareRuntime, SmbDdnsConfigEntry
from .entity import async_register_entry_device
from .issues import async_clear_all
from .job import JobCoordinator
from .media_view import async_register_media_view
from .parts import Parts
from .public_address import PublicAddressCoordinator
from .record import RecordCoordinator
from .services import async_setup_services
from .share import ShareCoordinator, share_target
from .state_files import remove_orphans, remove_state
from .store import EntryStore

if TYPE_CHECKING:
    from homeassistant.helpers.typing import ConfigType

_LOGGER = logging.getLogger(__name__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)

PLATFORMS = [
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.SENSOR,
    Platform.SWITCH,
]


async def async_setup(
    hass: HomeAssistant,
    config: ConfigType,  # noqa: ARG001 - Home Assistant's signature
) -> bool:
    """Register the actions and the media, and sweep what removed jobs left.

    Jobs may have been removed while we did not run.
    """
    async_setup_services(hass)
    async_register_media_view(hass)
    living = {
        subentry_id
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry_id in entry.subentries
    }
    await hass.async_add_executor_job(remove_orphans, hass, living)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SmbDdnsConfigEntry) -> bool:
    """Bring up what an entry stands for.

    What does not work yet shows in its entities, with the reason, and heals by itself.
    """
    kind = EntryKind(entry.data[CONF_KIND])
    store = EntryStore(hass, entry.entry_id)
    await store.async_load()
    async_register_entry_device(hass, entry, kind)
    match kind:
        case EntryKind.PUBLIC_ADDRESS:
            await _async_set_up_public_address(hass, entry, store)
        case EntryKind.SHARE:
            await _async_set_up_share(hass, entry, store)
        case _:
            assert_never(kind)
    _async_follow_changes(hass, entry)
    return True


async def _async_set_up_public_address(
    hass: HomeAssistant, entry: SmbDdnsConfigEntry, store: EntryStore
) -> None:
    try:
        settings = detection_settings(entry.options)
    except ValueError as error:
        raise _unusable(entry, error) from error
    address = PublicAddressCoordinator(hass, entry, settings, store)
    records = Parts(
        hass,
        entry,
        SUBENTRY_RECORD,
        lambda subentry: RecordCoordinator(hass, entry, subentry, address, store),
    )
    entry.runtime_data = PublicAddressRuntime(store, address, records)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await records.async_follow()
    entry.async_on_unload(address.async_add_listener(lambda: None))
    entry.async_on_unload(address.async_follow_entities())
    entry.async_create_background_task(
        hass, address.async_detect(), "first look at the public address"
    )


async def _async_set_up_share(
    hass: HomeAssistant, entry: SmbDdnsConfigEntry, store: EntryStore
) -> None:
    try:
        target = share_target(entry.data)
    except ValueError as error:
        raise _unusable(entry, error) from error
    share = ShareCoordinator(hass, entry, target, store)
    jobs = Parts(
        hass,
        entry,
        SUBENTRY_JOB,
        lambda subentry: JobCoordinator(hass, entry, subentry, share, store),
    )
    entry.runtime_data = ShareRuntime(store, share, jobs)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    await jobs.async_follow()
    entry.async_on_unload(share.async_add_listener(lambda: None))
    async_follow_share(hass, entry)
    entry.async_create_background_task(hass, share.async_start(), "first look at the share")


def _unusable(entry: SmbDdnsConfigEntry, error: ValueError) -> ConfigEntryError:
    return ConfigEntryError(
        translation_domain=DOMAIN,
        translation_key="unusable_settings",
        translation_placeholders={"entry": entry.title, "reason": str(error)},
    )


@callback
def _async_follow_changes(hass: HomeAssistant, entry: SmbDdnsConfigEntry) -> None:
    """Reload the entry where it changed itself; else only what runs for a changed subentry.

    Home Assistant ends without unloading entries, so what runs is stopped then, too.
    """
    runtime = entry.runtime_data
    before = (entry.title, entry.data, entry.options)

    async def changed(hass: HomeAssistant, entry: SmbDdnsConfigEntry) -> None:
        if (entry.title, entry.data, entry.options) != before:
            hass.config_entries.async_schedule_reload(entry.entry_id)
        else:
            await runtime.parts.async_follow()

    async def stopping(_: Event) -> None:
        await runtime.async_stop()

    entry.async_on_unload(entry.add_update_listener(changed))
    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stopping))


async def async_unload_entry(hass: HomeAssistant, entry: SmbDdnsConfigEntry) -> bool:
    """Stop what runs, wait for it, and only then let go of what it used."""
    try:
        await entry.runtime_data.async_stop()
    except TimeoutError as error:
        # Another engine beside one that hangs could write where that one still writes.
        _LOGGER.error(  # noqa: TRY400 - where it hangs is told, the trace only leads here
            "%s; restart Home Assistant to use %s again", error, entry.title
        )
        return False
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SmbDdnsConfigEntry) -> None:
    """Remove all that was kept for an entry; files on either side of its jobs stay."""
    async_clear_all(hass, entry.entry_id)
    await EntryStore(hass, entry.entry_id).async_remove()
    for subentry_id in entry.subentries:
        await hass.async_add_executor_job(remove_state, hass, subentry_id)
