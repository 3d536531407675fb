"""The actions that automations and people call."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from .const import DOMAIN
from .responses import explain, plan_response, run_response
from .sync.status import Result
from .targets import async_targeted_jobs, async_targeted_records

if TYPE_CHECKING:
    from .job import JobCoordinator

SERVICE_UPDATE_RECORDS: Final = "update_records"
SERVICE_SYNC: Final = "sync"

ATTR_FORCED: Final = "forced"
ATTR_DRY_RUN: Final = "dry_run"

_UPDATE_RECORDS_SCHEMA = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_FORCED, default=False): cv.boolean}
)
_SYNC_SCHEMA = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_DRY_RUN, default=False): cv.boolean}
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions.

    They exist, and refuse with the reason, also while no entry is loaded.
    """
    hass.services.async_register(
        DOMAIN, SERVICE_UPDATE_RECORDS, _async_update_records, schema=_UPDATE_RECORDS_SCHEMA
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_SYNC,
        _async_sync,
        schema=_SYNC_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_update_records(call: ServiceCall) -> None:
    """Ask for the address now and bring the records in line with it."""
    records = async_targeted_records(call.hass, call)
    if not records:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_records_targeted"
        )
    await records[0].address.async_detect()
    for record in records:
        await record.async_update(forced=call.data[ATTR_FORCED])


async def _async_sync(call: ServiceCall) -> ServiceResponse:
    """Run jobs and wait for them, or tell what they would do."""
    jobs = async_targeted_jobs(call.hass, call)
    if not jobs:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_jobs_targeted")
    if not call.data[ATTR_DRY_RUN]:
        return await _async_run(jobs, answer=call.return_response)
    if not call.return_response:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="dry_run_without_response"
        )
    plans = await asyncio.gather(*(job.async_dry_run() for job in jobs))
    return _response(jobs, [plan_response(plan) for plan in plans])


async def _async_run(jobs: list[JobCoordinator], *, answer: bool) -> ServiceResponse:
    runs = await asyncio.gather(*(job.async_sync() for job in jobs))
    if answer:
        # Who reads the answer sees the result of each job; one that failed must not hide the
        # others'.
        return _response(jobs, [run_response(run) for run in runs])
    for job, run in zip(jobs, runs, strict=True):
        if run.result not in {Result.COMPLETED, Result.INCOMPLETE}:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="sync_not_completed",
                translation_placeholders={"job": job.subentry.title, "reason": explain(run)},
            )
    return None


def _response(jobs: list[JobCoordinator], answers: list[dict[str, Any]]) -> ServiceResponse:
    return {
        "jobs": [
            {"job": job.subentry.title, "subentry_id": job.subentry.subentry_id, **answer}
            for job, answer in zip(jobs, answers, strict=True)
        ]
    }
