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
from .file_actions import async_setup_file_actions
from .pause_actions import async_setup_pause_actions
from .responses import CHOICES, conflicts_response, explain, plan_response, run_response
from .sync.status import Result
from .targets import async_jobs_of, async_targeted_records
from .version_actions import async_setup_version_actions

if TYPE_CHECKING:
    from .job import JobCoordinator

SERVICE_UPDATE_RECORDS: Final = "update_records"
SERVICE_SYNC: Final = "sync"
SERVICE_LIST_CONFLICTS: Final = "list_conflicts"
SERVICE_RESOLVE_CONFLICT: Final = "resolve_conflict"
SERVICE_CANCEL: Final = "cancel"

ATTR_FORCED: Final = "forced"
ATTR_DRY_RUN: Final = "dry_run"
ATTR_PATH: Final = "path"
ATTR_KEEP: Final = "keep"

_UPDATE_RECORDS_SCHEMA = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_FORCED, default=False): cv.boolean}
)
_SYNC_SCHEMA = probatio.Schema(
    {**cv.ENTITY_SERVICE_FIELDS, probatio.Optional(ATTR_DRY_RUN, default=False): cv.boolean}
)
_CANCEL_SCHEMA = probatio.Schema(cv.ENTITY_SERVICE_FIELDS)

_LIST_CONFLICTS_SCHEMA = probatio.Schema({**cv.ENTITY_SERVICE_FIELDS})
_RESOLVE_CONFLICT_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_PATH): cv.string,
        probatio.Required(ATTR_KEEP): probatio.In(CHOICES),
    }
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
    hass.services.async_register(
        DOMAIN,
        SERVICE_LIST_CONFLICTS,
        _async_list_conflicts,
        schema=_LIST_CONFLICTS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_RESOLVE_CONFLICT,
        _async_resolve_conflict,
        schema=_RESOLVE_CONFLICT_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    async_setup_version_actions(hass)
    async_setup_file_actions(hass)
    async_setup_pause_actions(hass)
    hass.services.async_register(DOMAIN, SERVICE_CANCEL, _async_cancel, schema=_CANCEL_SCHEMA)


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


async def _async_cancel(call: ServiceCall) -> None:
    """End the runs of jobs that are under way."""
    for job in async_jobs_of(call):
        job.cancel()


async def _async_sync(call: ServiceCall) -> ServiceResponse:
    """Run jobs and wait for them, or tell what they would do."""
    jobs = async_jobs_of(call)
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


async def _async_list_conflicts(call: ServiceCall) -> ServiceResponse:
    """Tell what waits for a decision, job by job."""
    jobs = async_jobs_of(call)
    found = await asyncio.gather(*(job.async_list_conflicts() for job in jobs))
    return _response(jobs, [conflicts_response(each) for each in found])


async def _async_resolve_conflict(call: ServiceCall) -> ServiceResponse:
    """Decide about one conflict of one job, and carry it out."""
    jobs = async_jobs_of(call)
    if len(jobs) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_job_only")
    choice = CHOICES[call.data[ATTR_KEEP]]
    await jobs[0].async_decide(call.data[ATTR_PATH], choice)
    return await _async_run(jobs, answer=call.return_response)


def _response(jobs: list[JobCoordinator], answers: list[dict[str, Any]]) -> ServiceResponse:
    return {
        "jobs": [
            {"job": job.subentry.title, "subentry_id": job.subentry.subentry_id, **answer}
            for job, answer in zip(jobs, answers, strict=True)
        ]
    }
