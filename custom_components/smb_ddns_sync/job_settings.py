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
    CONF_TRASH_DAYS,
    CONF_WATCH,
    DEFAULT_JOB_MINUTES,
    DEFAULT_MAX_DELETE_PERCENT,
    DEFAULT_TRASH_DAYS,
)
from .sync.settings import ConflictPolicy, Guards, JobId, JobSettings, Mode
from .sync.trash_limits import TrashLimits

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
        trash=TrashLimits(age=timedelta(days=data.get(CONF_TRASH_DAYS, DEFAULT_TRASH_DAYS))),
        guards=Guards(
            max_delete_percent=data.get(CONF_MAX_DELETE_PERCENT, DEFAULT_MAX_DELETE_PERCENT)
        ),
    )
