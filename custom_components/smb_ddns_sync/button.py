"""What a person can start: looking for the address, updating a record, running a job."""

from typing import TYPE_CHECKING, Final, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory

from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .entity import FaceEntity, async_add_face_entities
from .job import JobCoordinator
from .public_address import PublicAddressCoordinator
from .record import RecordCoordinator

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

PARALLEL_UPDATES = 0

CHECK_NOW: Final = ButtonEntityDescription(key="check_now")
UPDATE_NOW: Final = ButtonEntityDescription(key="update_now")
SYNC_NOW: Final = ButtonEntityDescription(key="sync_now")
VERIFY: Final = ButtonEntityDescription(key="verify", entity_category=EntityCategory.DIAGNOSTIC)


class CheckNow(FaceEntity[PublicAddressCoordinator], ButtonEntity):
    """Asks all sources for the address."""

    @override
    async def async_press(self) -> None:
        """Ask, and have the records follow."""
        await self.coordinator.async_detect()


class UpdateNow(FaceEntity[RecordCoordinator], ButtonEntity):
    """Calls the provider of a record, also where nothing has changed."""

    @override
    async def async_press(self) -> None:
        """Ask for the address, and update the record with it."""
        await self.coordinator.address.async_detect()
        await self.coordinator.async_update(forced=True)


class SyncNow(FaceEntity[JobCoordinator], ButtonEntity):
    """Starts a run of a job."""

    @override
    async def async_press(self) -> None:
        """Start it; the job's entities tell how it goes."""
        self.coordinator.request_run()


class VerifyContent(FaceEntity[JobCoordinator], ButtonEntity):
    """Has a job read back what both sides hold."""

    @override
    async def async_press(self) -> None:
        """Start it; the job's entities tell how it goes and what it found."""
        self.coordinator.request_verify()


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmbDdnsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of an entry, of its records and of its jobs."""
    runtime = entry.runtime_data
    if isinstance(runtime, PublicAddressRuntime):
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [CheckNow(runtime.address, CHECK_NOW)],
            runtime.records,
            lambda record: [UpdateNow(record, UPDATE_NOW, record.subentry)],
        )
    else:
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [],
            runtime.jobs,
            lambda job: [
                SyncNow(job, SYNC_NOW, job.subentry),
                VerifyContent(job, VERIFY, job.subentry),
            ],
        )
