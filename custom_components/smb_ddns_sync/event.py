"""What happened: the address changed, a job's run ended."""

from typing import TYPE_CHECKING, Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .coordinator import PublicAddressRuntime, SmbDdnsConfigEntry
from .entity import FaceEntity, async_add_face_entities
from .job import JobCoordinator
from .public_address import SIGNAL_ADDRESS_CHANGED, AddressChange, PublicAddressCoordinator
from .sync.status import Result, RunReport

if TYPE_CHECKING:
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

PARALLEL_UPDATES = 0

EVENT_CHANGED: Final = "changed"
TOLD_RESULTS: Final = (
    Result.COMPLETED,
    Result.INCOMPLETE,
    Result.FAILED,
    Result.HELD,
    Result.DIFFERENT,
)
"""Results that are events; a cancelled run says nothing about either side."""

ADDRESS: Final = EventEntityDescription(key="address", event_types=[EVENT_CHANGED])
EVENT_CONFLICT: Final = "conflict"
"""A run that came to its end and found files that both sides have changed."""
RUN: Final = EventEntityDescription(
    key="run", event_types=[*(result.value for result in TOLD_RESULTS), EVENT_CONFLICT]
)


class AddressEvent(FaceEntity[PublicAddressCoordinator], EventEntity):
    """The public address changed from one to another."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for changes."""
        await super().async_added_to_hass()
        self.async_on_remove(
            async_dispatcher_connect(self.hass, SIGNAL_ADDRESS_CHANGED, self._async_changed)
        )

    @callback
    def _async_changed(self, change: AddressChange) -> None:
        self._trigger_event(EVENT_CHANGED, change.as_dict())
        self.async_write_ha_state()


class RunEvent(FaceEntity[JobCoordinator], EventEntity):
    """A run of a job ended.

    A job remembers its last run over restarts: one that ended before this start is no news.
    """

    _told: RunReport | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Tell of a run that ended while the entity was being added, too."""
        await super().async_added_to_hass()
        self._async_tell()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._async_tell()
        super()._handle_coordinator_update()

    @callback
    def _async_tell(self) -> None:
        run = self.coordinator.data.last_run
        if run is None or run == self._told or run.ended < self.coordinator.started_at:
            return
        self._told = run
        if run.result not in TOLD_RESULTS:
            return
        attributes = {
            "started_by": run.reason.value,
            "files_copied": run.files_copied,
            "files_trashed": run.files_trashed,
            "bytes_copied": run.bytes_copied,
            "problems": run.problem_count,
            "files_verified": run.files_verified,
            "conflicts": run.conflicts,
        }
        if run.hold is not None:
            attributes["cause"] = run.hold.reason.value
        elif run.trouble is not None:
            attributes["cause"] = run.trouble.cause
        ended = run.result in {Result.COMPLETED, Result.INCOMPLETE}
        kind = EVENT_CONFLICT if ended and run.conflicts else run.result.value
        self._trigger_event(kind, attributes)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmbDdnsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the events of the public address and of jobs."""
    runtime = entry.runtime_data
    if isinstance(runtime, PublicAddressRuntime):
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [AddressEvent(runtime.address, ADDRESS)],
            runtime.records,
            lambda _: [],
        )
    else:
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [],
            runtime.jobs,
            lambda job: [RunEvent(job, RUN, job.subentry)],
        )
