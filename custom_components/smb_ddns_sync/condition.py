"""Conditions: how the address, records, shares and jobs are now.

What is not there, or not loaded, is in no condition at all: a condition about it is not met.
"""

from typing import TYPE_CHECKING, override

from homeassistant.const import CONF_OPTIONS, CONF_TARGET
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_ANY,
    Condition,
    ConditionCheckParams,
    ConditionConfig,
)
import probatio

from .ddns.report import RecordStatus
from .sync.status import Phase, Result
from .targets import async_addresses, async_jobs, async_named, async_records, async_shares

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers.typing import ConfigType

    from .job import JobCoordinator
    from .public_address import PublicAddressCoordinator
    from .record import RecordCoordinator
    from .share import ShareCoordinator
    from .targets import Named

_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Required(CONF_OPTIONS, default=dict): {
            probatio.Required(ATTR_BEHAVIOR, default=BEHAVIOR_ANY): probatio.In(
                [BEHAVIOR_ANY, BEHAVIOR_ALL]
            )
        },
    }
)


def _condition[T](
    find: Callable[[HomeAssistant, Named], list[T]], holds: Callable[[T], bool]
) -> type[Condition]:
    """Return the condition that `holds` of any, or of all, that `find` finds of the target."""

    class OfTarget(Condition):
        @classmethod
        @override
        async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
            validated: ConfigType = _SCHEMA(config)
            return validated

        def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
            super().__init__(hass, config)
            self._target = config.target or {}
            self._all = (config.options or {}).get(ATTR_BEHAVIOR) == BEHAVIOR_ALL

        @override
        def _async_check(self, **kwargs: Unpack[ConditionCheckParams]) -> bool:
            found = find(self._hass, async_named(self._hass, self._target))
            if self._all:
                return bool(found) and all(holds(each) for each in found)
            return any(holds(each) for each in found)

    return OfTarget


def _is_shared(address: PublicAddressCoordinator) -> bool:
    return address.data.nat is not None and address.data.nat.nat.is_problem


def _record_is_in_sync(record: RecordCoordinator) -> bool:
    """Tell whether the provider has confirmed the address, and no name server tells another."""
    report = record.data
    in_sync = report is not None and report.status is RecordStatus.IN_SYNC
    return in_sync and record.proof.data.in_sync is not False


def _is_reachable(share: ShareCoordinator) -> bool:
    return share.data is not None and share.data.facts is not None


def _job_is_in_sync(job: JobCoordinator) -> bool:
    """Tell whether the last run did all there was to do, and nothing has come up since."""
    status, run = job.data, job.data.last_run
    return (
        status.phase in {Phase.IDLE, Phase.WATCHING}
        and not status.pending
        and run is not None
        and run.result is Result.COMPLETED
        and not status.differing.count
    )


def _is_running(job: JobCoordinator) -> bool:
    return job.data.phase.is_progressing


def _is_held(job: JobCoordinator) -> bool:
    return job.data.hold is not None


def _is_paused(job: JobCoordinator) -> bool:
    return job.data.phase is Phase.PAUSED


CONDITIONS: dict[str, type[Condition]] = {
    "job_is_held": _condition(async_jobs, _is_held),
    "job_is_in_sync": _condition(async_jobs, _job_is_in_sync),
    "job_is_paused": _condition(async_jobs, _is_paused),
    "job_is_running": _condition(async_jobs, _is_running),
    "public_address_is_shared": _condition(async_addresses, _is_shared),
    "record_is_in_sync": _condition(async_records, _record_is_in_sync),
    "share_is_reachable": _condition(async_shares, _is_reachable),
}


async def async_get_conditions(
    hass: HomeAssistant,  # noqa: ARG001 - Home Assistant's signature
) -> dict[str, type[Condition]]:
    """Return the conditions of this integration."""
    return CONDITIONS
