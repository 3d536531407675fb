"""From what a job's form stores to what the engine takes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.const import CONF_NAME

from .const import (
    CONF_CLEAR_SOURCE_DAYS,
    CONF_CONFLICTS,
    CONF_INTERVAL,
    CONF_MAX_DELETE_PERCENT,
    CONF_MODE,
    CONF_VERIFY,
    CONF_WATCH,
    DEFAULT_JOB_MINUTES,
    DEFAULT_MAX_DELETE_PERCENT,
)
from .job_filters import filters, trash_limits
from .job_pace import pace
from .sync.settings import ConflictPolicy, Guards, JobId, JobSettings, Mode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from homeassistant.config_entries import ConfigSubentry


def job_settings(subentry: ConfigSubentry) -> JobSettings:
    """Return what the user decided about a job."""
    data: Mapping[str, Any] = subentry.data
    clear_days = data.get(CONF_CLEAR_SOURCE_DAYS)
    return JobSettings(
        id=JobId(subentry.subentry_id),
        name=data.get(CONF_NAME, subentry.title),
        mode=Mode(data.get(CONF_MODE, Mode.MIRROR)),
        conflicts=ConflictPolicy(data.get(CONF_CONFLICTS, ConflictPolicy.KEEP_BOTH)),
        clear_source_after=None if clear_days is None else timedelta(days=clear_days),
        interval=timedelta(minutes=data.get(CONF_INTERVAL, DEFAULT_JOB_MINUTES)),
        watch=data.get(CONF_WATCH, True),
        filters=filters(data),
        pace=pace(data),
        verify=data.get(CONF_VERIFY, False),
        trash=trash_limits(data),
        guards=Guards(
            max_delete_percent=data.get(CONF_MAX_DELETE_PERCENT, DEFAULT_MAX_DELETE_PERCENT)
        ),
    )
