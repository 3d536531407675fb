"""What a job tells while it runs, and how often."""

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.smb_ddns_sync.sync.endpoint import RelPath
from custom_components.smb_ddns_sync.sync.status import Phase, Progress, Scanned

from .site import Nas, load_job, state, unload

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.coordinator import ShareRuntime
    from custom_components.smb_ddns_sync.job import JobCoordinator

UNDER_WAY = Progress(
    30, 100, 6_000_000, 20_000_000, RelPath("a/b.jpg"), 2_500_000.0, timedelta(minutes=3)
)


def coordinator(entry_runtime: object, subentry_id: str) -> JobCoordinator:
    found = cast("ShareRuntime", entry_runtime).jobs.get(subentry_id)
    assert found is not None
    return found


@pytest.fixture
def all_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let entities that are disabled at first be there."""
    enabled = "homeassistant.helpers.entity.Entity.entity_registry_enabled_default"
    monkeypatch.setattr(enabled, True)


@pytest.mark.usefixtures("all_enabled")
async def test_a_run_under_way_tells_how_far_and_how_fast_and_how_long(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    job = coordinator(entry.runtime_data, watched.id)
    assert watched.shown("progress") == "100"
    assert float(watched.shown("throughput")) == 0.0
    assert watched.shown("time_left") == STATE_UNAVAILABLE

    job.async_set_updated_data(replace(job.data, phase=Phase.SYNCING, progress=UNDER_WAY))

    assert watched.shown("progress") == "30"
    told = state(hass, "sensor", watched.id, "progress").attributes
    assert told["current_file"] == "a/b.jpg"
    assert (told["files_done"], told["files_total"]) == (30, 100)
    rate = state(hass, "sensor", watched.id, "throughput")
    assert float(rate.state) == pytest.approx(2.5)
    assert (rate.attributes["device_class"], rate.attributes["state_class"]) == (
        "data_rate",
        "measurement",
    )
    assert float(watched.shown("time_left")) == pytest.approx(3.0)
    await unload(hass, entry)


@pytest.mark.parametrize(
    ("expected", "shown"), [(None, STATE_UNKNOWN), (400, "25")], ids=["first", "later"]
)
async def test_looking_at_both_sides_is_progress_as_far_as_it_can_be_foretold(
    hass: HomeAssistant, nas: Nas, photos: Path, expected: int | None, shown: str
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    job = coordinator(entry.runtime_data, watched.id)
    scanned = Scanned(folders=10, files=90, expected=expected)

    job.async_set_updated_data(replace(job.data, phase=Phase.SCANNING, scanned=scanned))

    assert watched.shown("progress") == shown
    told = state(hass, "sensor", watched.id, "progress").attributes
    assert (told["folders_seen"], told["files_seen"]) == (10, 90)
    await unload(hass, entry)


async def test_a_run_of_an_hour_leaves_a_few_hundred_rows_with_the_recorder(
    hass: HomeAssistant, nas: Nas, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    job = coordinator(entry.runtime_data, watched.id)
    written = async_capture_events(hass, "state_changed")
    began = hass.loop.time()

    for quarter in range(4 * 3600):
        monkeypatch.setattr(hass.loop, "time", lambda at=began + quarter / 4: at)
        bytes_done = 1000 * quarter
        progress = Progress(0, 1, bytes_done, 14_400_000, RelPath("video.mp4"))
        job._async_status_from(
            job._generation, replace(job.data, phase=Phase.SYNCING, progress=progress)
        )
    monkeypatch.undo()
    await hass.async_block_till_done()

    assert sum(event.data["entity_id"] == watched.entity("progress") for event in written) > 300
    assert len(written) < 600
    await unload(hass, entry)
