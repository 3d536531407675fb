"""What all entities share: their device, their name, and how they come and go with it."""

from typing import TYPE_CHECKING, Any, Final, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.update_coordinator import CoordinatorEntity, DataUpdateCoordinator

from .const import DOMAIN, SUBENTRY_RECORD, EntryKind
from .parts import Part, Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from homeassistant.config_entries import ConfigEntry, ConfigSubentry
    from homeassistant.helpers.entity import Entity, EntityDescription

MANUFACTURER: Final = "SMB DDNS Sync"


@callback
def async_register_entry_device(
    hass: HomeAssistant, entry: ConfigEntry[Any], kind: EntryKind
) -> None:
    """Register the device of the entry itself, before those of its records or jobs refer to it."""
    dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        identifiers={(DOMAIN, entry.entry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Public address" if kind is EntryKind.PUBLIC_ADDRESS else "SMB share",
        name=entry.title,
    )


def _subentry_device(
    hass: HomeAssistant, entry: ConfigEntry[Any], subentry: ConfigSubentry
) -> DeviceInfo:
    return DeviceInfo(
        identifiers={(DOMAIN, subentry.subentry_id)},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="DNS record" if subentry.subentry_type == SUBENTRY_RECORD else "Sync job",
        name=subentry.title,
        via_device_id=dr.async_get_device_id_by_identifier(
            hass, (DOMAIN, entry.entry_id), config_entry_id=entry.entry_id
        ),
    )


class FaceEntity[CoordinatorT: DataUpdateCoordinator[Any]](CoordinatorEntity[CoordinatorT]):
    """An entity of the entry's own device, or of the device of one record or job.

    Invariant: the unique id is made of the id of the entry or subentry and the description's key,
    so that neither a new title nor a new address makes another entity.
    """

    _attr_has_entity_name = True

    def __init__(
        self,
        coordinator: CoordinatorT,
        description: EntityDescription,
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(coordinator)
        entry = coordinator.config_entry
        if entry is None:
            raise ValueError("An entity needs the coordinator of an entry")
        self.entity_description = description
        self._attr_translation_key = description.translation_key or description.key
        if subentry is None:
            self._attr_unique_id = f"{entry.entry_id}_{description.key}"
            self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, entry.entry_id)})
        else:
            self._attr_unique_id = f"{subentry.subentry_id}_{description.key}"
            self._attr_device_info = _subentry_device(coordinator.hass, entry, subentry)


class _Adder(Protocol):
    """Adds what is wanted and not there yet; removes what is there and no longer wanted."""

    def __call__(self, wanted: Iterable[Entity], subentry_id: str | None = None) -> None: ...


@callback
def _async_adder(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> _Adder:
    # The platform is told by the context of its set-up; entities of a new record or job come later,
    # outside of it.
    platform = async_get_current_platform()

    @callback
    def add(wanted: Iterable[Entity], subentry_id: str | None = None) -> None:
        by_id = {entity.unique_id: entity for entity in wanted}
        registry = er.async_get(hass)
        for registered in er.async_entries_for_config_entry(registry, entry.entry_id):
            if (
                registered.domain == platform.domain
                and registered.config_subentry_id == subentry_id
                and registered.unique_id not in by_id
            ):
                registry.async_remove(registered.entity_id)
        present = {entity.unique_id for entity in platform.entities.values()}
        async_add_entities(
            [entity for unique_id, entity in by_id.items() if unique_id not in present],
            config_subentry_id=subentry_id,
        )

    return add


@callback
def async_add_face_entities[PartT: Part](
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
    own: Iterable[Entity],
    parts: Parts[PartT],
    of_part: Callable[[PartT], Iterable[Entity]],
) -> None:
    """Add the entities of the entry's device, and of each record or job when it comes or changes.

    Entities that an entry or a subentry no longer has, such as the sensor of a family that is no
    longer asked for, leave the registry.
    """
    add = _async_adder(hass, entry, async_add_entities)
    add(own)

    @callback
    def follow(part: PartT) -> None:
        add(of_part(part), part.subentry.subentry_id)

    parts.async_add_follower(follow)
