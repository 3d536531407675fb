"""Files that fail are named with the cause and the next try of each, and not in diagnostics."""

from dataclasses import replace
from datetime import UTC, datetime
import json
from typing import TYPE_CHECKING, cast

from homeassistant.const import STATE_ON

from custom_components.smb_ddns_sync.diagnostics import async_get_config_entry_diagnostics
from custom_components.smb_ddns_sync.responses import run_response
from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.status import FileProblem, Result

from .site import Nas, load_job, state, unload

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.coordinator import ShareRuntime

SEEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
NEXT = datetime(2026, 11, 20, 9, tzinfo=UTC)


async def test_the_first_files_that_fail_are_told_and_named_in_no_diagnostics(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    job = cast("ShareRuntime", entry.runtime_data).jobs.get(watched.id)
    assert job is not None
    assert job.data.last_run is not None
    problems = tuple(
        FileProblem(RelPath(f"secret-{n:02}.jpg"), "access_denied", "denied", SEEN, 3, NEXT)
        for n in range(30)
    )
    run = replace(job.data.last_run, result=Result.INCOMPLETE, problems=problems, problem_count=120)
    job.async_set_updated_data(replace(job.data, last_run=run))

    told = state(hass, "binary_sensor", watched.id, "problem")
    assert told.state == STATE_ON
    assert told.attributes["file_count"] == 120
    assert len(told.attributes["files"]) == 10
    first = {
        "path": "secret-00.jpg",
        "cause": "access_denied",
        "detail": "denied",
        "first_seen": "2026-11-20T08:00:00+00:00",
        "tries": 3,
        "next_try": "2026-11-20T09:00:00+00:00",
    }
    assert told.attributes["files"][0] == run_response(run)["problems"][0] == first

    shown = await async_get_config_entry_diagnostics(hass, entry)
    (of_job,) = shown["jobs"]
    assert len(of_job["last_run"]["failing"]) == 20
    assert of_job["last_run"]["failing"][0]["tries"] == 3
    assert "secret" not in json.dumps(shown)
    await unload(hass, entry)
