"""What is so or not so about the public address, records, shares and jobs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .coordinator import PublicAddressRuntime, ShareRuntime, SmbDdnsConfigEntry
from .ddns.address import Family
from .ddns.source import SourceKind
from .entity import FaceEntity, async_add_face_entities
from .record_proof import Proof
from .responses import problem_response
from .site_state import SiteState
from .smb.health import Health
from .smb.legacy import Smb1
from .sync.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from homeassistant.config_entries import ConfigSubentry
    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class FactDescription[DataT](BinarySensorEntityDescription):
    """A fact, and where it is in what the coordinator tells; None where it is not known."""

    fact: Callable[[DataT], bool | None]
    available: Callable[[DataT], bool] = lambda _: True
    attributes: Callable[[DataT], Mapping[str, Any]] | None = None


class FactSensor[DataT](FaceEntity[DataUpdateCoordinator[DataT]], BinarySensorEntity):
    """One fact of what a coordinator tells."""

    entity_description: FactDescription[DataT]
    # Which files fail is for looking at now.
    _unrecorded_attributes = frozenset({"files"})

    def __init__(
        self,
        coordinator: DataUpdateCoordinator[DataT],
        description: FactDescription[DataT],
        subentry: ConfigSubentry | None = None,
    ) -> None:
        super().__init__(coordinator, description, subentry)

    @property
    @override
    def available(self) -> bool:
        """Return whether the fact can be told."""
        return super().available and self.entity_description.available(self.coordinator.data)

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the fact."""
        return self.entity_description.fact(self.coordinator.data)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Return what explains the fact, where there is more to say."""
        attributes = self.entity_description.attributes
        return None if attributes is None else attributes(self.coordinator.data)


def _why_nat_is_unknown(state: SiteState) -> str:
    """Say what is missing: the router's own address is what the public one is compared with."""
    detection = state.detections.get(Family.IPV4)
    if detection is None:
        return "not_asked_yet"
    kinds = {answer.kind: answer.address for answer in detection.answers}
    if SourceKind.ROUTER not in kinds:
        return "router_is_no_source"
    return "router_is_silent" if kinds[SourceKind.ROUTER] is None else "not_sure_yet"


def _nat(state: SiteState) -> Mapping[str, Any]:
    if state.nat is None:
        return {"unknown_because": _why_nat_is_unknown(state)}
    return {"nat": state.nat.nat.value, "router_address": str(state.nat.router)}


CARRIER_GRADE_NAT: Final = FactDescription[SiteState](
    key="carrier_grade_nat",
    device_class=BinarySensorDeviceClass.PROBLEM,
    entity_category=EntityCategory.DIAGNOSTIC,
    fact=lambda state: None if state.nat is None else state.nat.nat.is_problem,
    attributes=_nat,
)


def _is_encrypted(health: Health | None) -> bool | None:
    return None if health is None or health.facts is None else health.facts.encrypted


def _offers_smb1(health: Health | None) -> bool | None:
    if health is None or health.smb1 is Smb1.UNKNOWN:
        return None
    return health.smb1 is Smb1.OFFERED


SHARE_FACTS: Final = (
    FactDescription[Health | None](
        key="reachable",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        fact=lambda health: None if health is None else health.facts is not None,
    ),
    FactDescription[Health | None](
        key="encrypted",
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda health: health is not None and health.facts is not None,
        fact=_is_encrypted,
    ),
    FactDescription[Health | None](
        key="smb1_offered",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda health: health is not None and health.facts is not None,
        fact=_offers_smb1,
    ),
)


def _has_problem(status: JobStatus) -> bool:
    return (
        status.hold is not None
        or status.trouble is not None
        or status.watch_trouble is not None
        or status.differing.count > 0
        or (status.last_run is not None and status.last_run.problem_count > 0)
    )


_MOST_FILES: Final = 10
"""Of those that fail: the action that syncs tells a hundred."""


def _failing(status: JobStatus) -> Mapping[str, Any]:
    """Name the first files that fail, with the cause and the next try of each."""
    run = status.last_run
    if run is None or not run.problem_count:
        return {}
    files = [problem_response(problem) for problem in run.problems[:_MOST_FILES]]
    return {"file_count": run.problem_count, "files": files}


PROBLEM: Final = FactDescription[JobStatus](
    key="problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
    fact=_has_problem,
    attributes=_failing,
)


IN_SYNC: Final = FactDescription[Proof](
    key="in_sync",
    entity_category=EntityCategory.DIAGNOSTIC,
    fact=lambda proof: proof.in_sync,
    attributes=lambda proof: proof.details,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SmbDdnsConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the facts of the public address and its records, or of a share and its jobs."""
    runtime = entry.runtime_data
    if isinstance(runtime, PublicAddressRuntime):
        has_ipv4 = Family.IPV4 in runtime.address.settings.families
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [FactSensor(runtime.address, CARRIER_GRADE_NAT)] if has_ipv4 else [],
            runtime.records,
            lambda record: [FactSensor(record.proof, IN_SYNC, record.subentry)],
        )
    if isinstance(runtime, ShareRuntime):
        async_add_face_entities(
            hass,
            entry,
            async_add_entities,
            [FactSensor(runtime.share, description) for description in SHARE_FACTS],
            runtime.jobs,
            lambda job: [FactSensor(job, PROBLEM, job.subentry)],
        )
