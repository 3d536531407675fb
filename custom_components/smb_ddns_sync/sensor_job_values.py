"""The values that jobs tell."""

from typing import TYPE_CHECKING, Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfDataRate,
    UnitOfInformation,
    UnitOfTime,
)

from .sensor_values import Value, ValueDescription
from .sync.coverage import Level
from .sync.names import display
from .sync.status import JobStatus, Phase, Result, RunReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _of_run(value: Callable[[RunReport], Value]) -> Callable[[JobStatus], Value]:
    return lambda status: None if status.last_run is None else value(status.last_run)


def _percent(status: JobStatus) -> int | None:
    """Return how far a run is, whole: each state that differs is a row of the recorder."""
    if status.progress is not None:
        return round(status.progress.percent)
    if status.phase is Phase.SCANNING:
        percent = None if status.scanned is None else status.scanned.percent
        return None if percent is None else round(percent)
    # Between runs there is nothing left to do.
    return 100


def _progress(status: JobStatus) -> Mapping[str, Any]:
    """Say what a run is doing just now."""
    if (progress := status.progress) is not None:
        return {
            "files_done": progress.files_done,
            "files_total": progress.files_total,
            "bytes_done": progress.bytes_done,
            "bytes_total": progress.bytes_total,
            "current_file": None if progress.current is None else display(progress.current),
        }
    if (scanned := status.scanned) is not None:
        return {"folders_seen": scanned.folders, "files_seen": scanned.files}
    return {}


def _rate(status: JobStatus) -> float | None:
    return 0.0 if status.progress is None else status.progress.rate


def _time_left(status: JobStatus) -> float | None:
    left = None if status.progress is None else status.progress.time_left
    return None if left is None else left.total_seconds()


def _cause(status: JobStatus) -> Mapping[str, Any]:
    """Say why a job does not do its work now, and until when."""
    trouble = status.trouble or status.watch_trouble
    if status.phase is Phase.PAUSED:
        return {} if status.paused_until is None else {"paused_until": status.paused_until}
    if status.hold is not None:
        return {"cause": status.hold.reason.value}
    return {} if trouble is None else {"cause": trouble.cause, "detail": trouble.detail}


def _coverage(status: JobStatus) -> Mapping[str, Any]:
    """Say of each side how changes on it are learnt of, and why not faster."""
    if status.coverage is None:
        return {}
    found: dict[str, Any] = {}
    for name, side in (("source", status.coverage.source), ("target", status.coverage.target)):
        if side is not None:
            found[name] = side.level
            found |= {} if side.cause is None else {f"{name}_cause": side.cause}
            found |= {} if side.since is None else {f"{name}_since": side.since}
    return found


def _begun(status: JobStatus) -> datetime | None:
    """Return when the last run began, from which on its files and bytes count."""
    return None if status.last_run is None else status.last_run.started


JOB_SENSORS: Final = (
    ValueDescription[JobStatus](
        key="job_status",
        device_class=SensorDeviceClass.ENUM,
        options=[phase.value for phase in Phase],
        value=lambda status: status.phase,
        attributes=_cause,
    ),
    ValueDescription[JobStatus](
        key="change_detection",
        device_class=SensorDeviceClass.ENUM,
        options=[level.value for level in Level],
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda status: status.coverage is not None,
        value=lambda status: None if status.coverage is None else status.coverage.worst.level,
        attributes=_coverage,
    ),
    ValueDescription[JobStatus](
        key="last_result",
        device_class=SensorDeviceClass.ENUM,
        options=[result.value for result in Result],
        value=_of_run(lambda run: run.result),
    ),
    ValueDescription[JobStatus](
        key="progress",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        available=lambda status: status.phase not in {Phase.STOPPED, Phase.PAUSED},
        value=_percent,
        attributes=_progress,
    ),
    ValueDescription[JobStatus](
        key="time_left",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        available=lambda status: status.progress is not None,
        value=_time_left,
    ),
    ValueDescription[JobStatus](
        key="last_success",
        device_class=SensorDeviceClass.TIMESTAMP,
        value=lambda status: status.last_success,
    ),
    ValueDescription[JobStatus](
        key="next_run",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        available=lambda status: status.next_run is not None,
        value=lambda status: status.next_run,
    ),
    ValueDescription[JobStatus](
        key="pending",
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value=lambda status: status.pending,
    ),
    ValueDescription[JobStatus](
        key="held_deletions",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda status: 0 if status.hold is None else status.hold.deletions,
    ),
    ValueDescription[JobStatus](
        key="conflicts",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda status: status.unresolved.waiting,
        attributes=lambda status: {"copies": status.unresolved.copies},
    ),
    ValueDescription[JobStatus](
        key="files_copied",
        state_class=SensorStateClass.TOTAL,
        counted_from=_begun,
        value=_of_run(lambda run: run.files_copied),
    ),
    ValueDescription[JobStatus](
        key="bytes_copied",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.BYTES,
        suggested_unit_of_measurement=UnitOfInformation.MEGABYTES,
        suggested_display_precision=2,
        state_class=SensorStateClass.TOTAL,
        counted_from=_begun,
        value=_of_run(lambda run: run.bytes_copied),
    ),
    ValueDescription[JobStatus](
        key="throughput",
        device_class=SensorDeviceClass.DATA_RATE,
        native_unit_of_measurement=UnitOfDataRate.BYTES_PER_SECOND,
        suggested_unit_of_measurement=UnitOfDataRate.MEGABYTES_PER_SECOND,
        suggested_display_precision=1,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value=_rate,
    ),
)
