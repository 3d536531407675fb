"""Whether a record is kept up to date, and whether a job runs; kept over restarts."""

from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import EntityCategory

from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .entity import FaceEntity, async_add_face_entities
from .job import JobCoordinator
from .record import RecordCoordinator

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

PARALLEL_UPDATES = 0

ENABLED: Final = SwitchEntityDescription(key="enabled", entity_category=EntityCategory.CONFIG)


class EnabledSwitch(FaceEntity[RecordCoordinator | JobCoordinator], SwitchEntity):
    """Lets a record or a job do its work, or rest."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether it works."""
        return self.coordinator.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Let it work again, at once."""
        await self._async_switch(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Let it rest; what is under way is broken off, and nothing is left half."""
        await self._async_switch(on=False)

    async def _async_switch(self, *, on: bool) -> None:
        await self.coordinator.async_switch(on=on)
        self.async_write_ha_state()


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmbDdnsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of records and jobs."""
    runtime = entry.runtime_data
    if isinstance(runtime, PublicAddressRuntime):
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [],
            runtime.records,
            lambda record: [EnabledSwitch(record, ENABLED, record.subentry)],
        )
    else:
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [],
            runtime.jobs,
            lambda job: [EnabledSwitch(job, ENABLED, job.subentry)],
        )
