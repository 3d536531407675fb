"""The actions that let jobs rest for a while, and go on."""

from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from .const import DOMAIN
from .targets import async_jobs_of

if TYPE_CHECKING:
    from datetime import datetime

SERVICE_PAUSE: Final = "pause"
SERVICE_RESUME: Final = "resume"

ATTR_FOR: Final = "for"
ATTR_UNTIL: Final = "until"

_PAUSE_SCHEMA = probatio.Schema(
    {
        **cv.ENTITY_SERVICE_FIELDS,
        probatio.Exclusive(ATTR_FOR, "end"): cv.positive_time_period,
        probatio.Exclusive(ATTR_UNTIL, "end"): cv.datetime,
    }
)
_RESUME_SCHEMA = probatio.Schema(cv.ENTITY_SERVICE_FIELDS)


@callback
def async_setup_pause_actions(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(DOMAIN, SERVICE_PAUSE, _async_pause, schema=_PAUSE_SCHEMA)
    hass.services.async_register(DOMAIN, SERVICE_RESUME, _async_resume, schema=_RESUME_SCHEMA)


async def _async_pause(call: ServiceCall) -> None:
    """Let jobs rest; each goes on by itself when the time has come."""
    jobs, until = async_jobs_of(call), _end_of(call)
    for job in jobs:
        await job.async_pause(until)


async def _async_resume(call: ServiceCall) -> None:
    """Let jobs go on."""
    for job in async_jobs_of(call):
        await job.async_switch(on=True)


def _end_of(call: ServiceCall) -> datetime | None:
    now = dt_util.utcnow()
    if ATTR_FOR in call.data:
        until: datetime = now + call.data[ATTR_FOR]
    elif ATTR_UNTIL in call.data:
        # A time without a zone is one of the user's clock.
        until = dt_util.as_utc(call.data[ATTR_UNTIL])
    else:
        return None
    if until <= now:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="pause_is_over",
            translation_placeholders={"until": dt_util.as_local(until).isoformat(" ", "seconds")},
        )
    return until
