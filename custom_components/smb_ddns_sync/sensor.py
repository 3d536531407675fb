"""What the public address, records, shares and jobs tell as values."""

from typing import TYPE_CHECKING, Any, override

from homeassistant.components.sensor import SensorEntity
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .ddns.address import Family
from .entity import FaceEntity, async_add_face_entities
from .sensor_job_values import JOB_SENSORS
from .sensor_values import (
    DUTY,
    LAST_CHANGE,
    PUBLIC_ADDRESSES,
    PUBLISHED,
    RECORD_SENSORS,
    SHARE_SENSORS,
    Value,
    ValueDescription,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

    from .record import RecordCoordinator

PARALLEL_UPDATES = 0


class ValueSensor[DataT](FaceEntity[DataUpdateCoordinator[DataT]], SensorEntity):
    """One value of what a coordinator tells."""

    entity_description: ValueDescription[DataT]
    # Who said what, and what is just under way, is for looking at now; the recorder keeps what came
    # of it.
    _unrecorded_attributes = frozenset(
        {
            "answers",
            "bytes_done",
            "bytes_total",
            "current_file",
            "files_done",
            "files_seen",
            "files_total",
            "folders_seen",
        }
    )

    def __init__(
        self,
        coordinator: DataUpdateCoordinator[DataT],
        description: ValueDescription[DataT],
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(coordinator, description, subentry)

    @property
    @override
    def available(self) -> bool:
        """Return whether the value can be told."""
        return super().available and self.entity_description.available(self.coordinator.data)

    @property
    @override
    def native_value(self) -> Value:
        """Return the value."""
        return self.entity_description.value(self.coordinator.data)

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return since when the value counts; None where it does not begin anew."""
        counted_from = self.entity_description.counted_from
        return None if counted_from is None else counted_from(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what explains the value, where there is more to say."""
        attributes = self.entity_description.attributes
        return None if attributes is None else attributes(self.coordinator.data)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmbDdnsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an entry, of its records and of its jobs."""
    runtime = entry.runtime_data
    if isinstance(runtime, PublicAddressRuntime):
        families = runtime.address.settings.families
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [
                *(ValueSensor(runtime.address, PUBLIC_ADDRESSES[family]) for family in families),
                ValueSensor(runtime.address, LAST_CHANGE),
            ],
            runtime.records,
            _of_record,
        )
    else:
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [ValueSensor(runtime.share, description) for description in SHARE_SENSORS],
            runtime.jobs,
            lambda job: [
                ValueSensor(job, description, job.subentry) for description in JOB_SENSORS
            ],
        )


def _of_record(record: RecordCoordinator) -> list[SensorEntity]:
    families = (family for family in Family if family in record.families)
    descriptions = (*(PUBLISHED[family] for family in families), *RECORD_SENSORS)
    shared = [ValueSensor(record.standby, DUTY, record.subentry)]
    return [
        *(ValueSensor(record, description, record.subentry) for description in descriptions),
        *(shared if record.standby.is_wanted else ()),
    ]
