"""The actions `list_versions` and `restore`: what a job has kept, and how it comes back."""

import asyncio
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
import probatio

from .const import DOMAIN
from .responses import restored_response, versions_response
from .sync.endpoint import FileError, RelPath
from .sync.names import checked
from .targets import async_targeted_jobs

if TYPE_CHECKING:
    from homeassistant.core import ServiceResponse

SERVICE_LIST_VERSIONS: Final = "list_versions"
SERVICE_RESTORE: Final = "restore"

ATTR_PATH: Final = "path"
ATTR_INSIDE: Final = "inside"
ATTR_VERSION: Final = "version"
ATTR_TO: Final = "to"

_LIST_VERSIONS_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_PATH): cv.string,
        probatio.Optional(ATTR_INSIDE, default=False): cv.boolean,
    }
)
_RESTORE_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Required(ATTR_VERSION): cv.string,
        probatio.Optional(ATTR_TO): cv.string,
    }
)


@callback
def async_setup_version_actions(hass: HomeAssistant) -> None:
    """Register both actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_LIST_VERSIONS,
        _async_list_versions,
        schema=_LIST_VERSIONS_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )
    hass.services.async_register(
        DOMAIN,
        SERVICE_RESTORE,
        _async_restore,
        schema=_RESTORE_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_list_versions(call: ServiceCall) -> ServiceResponse:
    """Tell which versions jobs have kept."""
    jobs = async_targeted_jobs(call.hass, call)
    if not jobs:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_jobs_targeted")
    path, inside = _path(call.data[ATTR_PATH]), call.data[ATTR_INSIDE]
    found = await asyncio.gather(*(job.async_list_versions(path, inside=inside) for job in jobs))
    return {
        "jobs": [
            {
                "job": job.subentry.title,
                "subentry_id": job.subentry.subentry_id,
                **versions_response(versions),
            }
            for job, versions in zip(jobs, found, strict=True)
        ]
    }


async def _async_restore(call: ServiceCall) -> ServiceResponse:
    """Bring one version back."""
    jobs = async_targeted_jobs(call.hass, call)
    if not jobs:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_jobs_targeted")
    if len(jobs) > 1:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="one_job_only")
    to = _path(call.data[ATTR_TO]) if ATTR_TO in call.data else None
    restored = await jobs[0].async_restore(call.data[ATTR_VERSION], to)
    if restored.problems and not call.return_response:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_restored",
            translation_placeholders={
                "job": jobs[0].subentry.title,
                "reason": restored.problems[0].detail,
            },
        )
    return restored_response(restored) if call.return_response else None


def _path(text: str) -> RelPath:
    """Return what a person wrote as a path of a job, with or without slashes around it."""
    try:
        return checked(text.strip("/"))
    except FileError as error:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="bad_path",
            translation_placeholders={"path": text},
        ) from error
