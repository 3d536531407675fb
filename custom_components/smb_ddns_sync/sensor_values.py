"""The values that the public address, records, shares and jobs tell."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfInformation,
    UnitOfTime,
)

from .ddns.address import Family
from .ddns.failover import Duty, Standing
from .ddns.report import RecordReport, RecordStatus
from .public_address import FAMILY_KEYS
from .site_state import SiteState
from .smb.health import STATUSES, Health

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .smb.facts import SessionFacts, Space

type Value = str | int | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class ValueDescription[DataT](SensorEntityDescription):
    """A sensor, and where its value is in what the coordinator tells.

    `available` says whether the value can be told at all now: a share that is down has no free
    space to speak of, while a value of None is one that is not known.
    """

    value: Callable[[DataT], Value]
    available: Callable[[DataT], bool] = lambda _: True
    attributes: Callable[[DataT], Mapping[str, Any]] | None = None
    counted_from: Callable[[DataT], datetime | None] | None = None
    """Since when it counts, where it begins anew now and then; statistics add up over that."""


def _public_address(family: Family) -> ValueDescription[SiteState]:
    def value(state: SiteState) -> str | None:
        address = state.known.addresses.of(family)
        return None if address is None else str(address)

    return ValueDescription(
        key=f"public_{FAMILY_KEYS[family]}",
        value=value,
        attributes=lambda state: state.explain(family),
    )


PUBLIC_ADDRESSES: Final = {family: _public_address(family) for family in Family}
LAST_CHANGE: Final = ValueDescription[SiteState](
    key="last_change",
    device_class=SensorDeviceClass.TIMESTAMP,
    value=lambda state: state.known.last_change,
)


def _kept(report: RecordReport | None) -> bool:
    return report is not None


def _of_report(value: Callable[[RecordReport], Value]) -> Callable[[RecordReport | None], Value]:
    return lambda report: None if report is None else value(report)


def _published(family: Family) -> ValueDescription[RecordReport | None]:
    def value(report: RecordReport) -> str | None:
        address = report.published(family)
        return None if address is None else str(address)

    return ValueDescription(
        key=f"published_{FAMILY_KEYS[family]}", available=_kept, value=_of_report(value)
    )


PUBLISHED: Final = {family: _published(family) for family in Family}


NO_ADDRESS: Final = "no_address"
"""In place of the report's word, which in Home Assistant says that an entity has no state."""
RECORD_STATES: Final = [
    NO_ADDRESS if status is RecordStatus.UNKNOWN else status.value for status in RecordStatus
]


def _record_state(report: RecordReport) -> str:
    return NO_ADDRESS if report.status is RecordStatus.UNKNOWN else report.status.value


def _reason(report: RecordReport | None) -> Mapping[str, Any]:
    return {} if report is None or report.message is None else {"reason": report.message}


RECORD_SENSORS: Final = (
    ValueDescription[RecordReport | None](
        key="record_status",
        device_class=SensorDeviceClass.ENUM,
        options=RECORD_STATES,
        available=_kept,
        value=_of_report(_record_state),
        attributes=_reason,
    ),
    ValueDescription[RecordReport | None](
        key="last_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        available=_kept,
        value=_of_report(lambda report: report.last_update),
    ),
    ValueDescription[RecordReport | None](
        key="next_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda report: report is not None and report.next_allowed is not None,
        value=_of_report(lambda report: report.next_allowed),
    ),
)


def _explain_duty(standing: Standing | None) -> Mapping[str, Any]:
    if standing is None:
        return {}
    return {
        "primary": standing.primary.name.lower(),
        "dead_checks": standing.dead,
        "lease_ours": standing.ours,
        "lease_until": standing.until,
        "reason": standing.message,
    }


DUTY: Final = ValueDescription[Standing | None](
    key="standby_duty",
    device_class=SensorDeviceClass.ENUM,
    options=[duty.value for duty in Duty],
    value=lambda standing: None if standing is None else standing.duty.value,
    attributes=_explain_duty,
)


def _reached(health: Health | None) -> bool:
    return health is not None and health.facts is not None


def _of_health(value: Callable[[Health], Value]) -> Callable[[Health | None], Value]:
    return lambda health: None if health is None else value(health)


def _round_trip(health: Health) -> float | None:
    return None if health.round_trip is None else health.round_trip * 1000


def _space_known(health: Health | None) -> bool:
    return health is not None and health.space is not None


def _of_space(value: Callable[[Space], Value]) -> Callable[[Health | None], Value]:
    return _of_health(lambda health: None if health.space is None else value(health.space))


def _used_percent(space: Space) -> float | None:
    return 100 * space.used / space.total if space.total else None


def _of_facts(value: Callable[[SessionFacts], Value]) -> Callable[[Health | None], Value]:
    return _of_health(lambda health: None if health.facts is None else value(health.facts))


def _why(health: Health | None) -> Mapping[str, Any]:
    """Return what a person is told of a share that is not well.

    The first two are keys: their sentences are in the translations, like those of states.
    """
    error = None if health is None else health.error
    if error is None:
        return {}
    cause = error.cause.value
    return {"explanation": cause, "remedy": cause, "detail": error.detail}


SHARE_SENSORS: Final = (
    ValueDescription[Health | None](
        key="share_status",
        device_class=SensorDeviceClass.ENUM,
        options=list(STATUSES),
        value=_of_health(lambda health: health.status),
        attributes=_why,
    ),
    ValueDescription[Health | None](
        key="round_trip_time",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.MILLISECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        suggested_display_precision=1,
        available=lambda health: health is not None and health.round_trip is not None,
        value=_of_health(_round_trip),
    ),
    ValueDescription[Health | None](
        key="free_space",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        available=_space_known,
        value=_of_space(lambda space: space.free),
    ),
    ValueDescription[Health | None](
        key="total_space",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.GIGABYTES,
        suggested_display_precision=1,
        available=_space_known,
        value=_of_space(lambda space: space.total),
    ),
    ValueDescription[Health | None](
        key="used_space",
        native_unit_of_measurement=PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        available=_space_known,
        value=_of_space(_used_percent),
    ),
    ValueDescription[Health | None](
        key="active_address",
        entity_category=EntityCategory.DIAGNOSTIC,
        available=_reached,
        value=_of_facts(lambda facts: str(facts.address)),
    ),
    ValueDescription[Health | None](
        key="dialect",
        entity_category=EntityCategory.DIAGNOSTIC,
        available=_reached,
        value=_of_facts(lambda facts: facts.dialect.value),
    ),
)
