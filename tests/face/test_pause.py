"""A pause ends by itself when its time has come, and nothing else ends it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import probatio
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import (
    Nas,
    Watched,
    load_job,
    settle,
    state,
    tree,
    unload,
    write_old,
)

if TYPE_CHECKING:
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant

HOUR = timedelta(hours=1)


async def act(hass: HomeAssistant, action: str, watched: Watched, **data: Any) -> None:
    target = {"entity_id": watched.entity("job_status")}
    await hass.services.async_call(DOMAIN, action, {**target, **data}, blocking=True)


def told_end(hass: HomeAssistant, watched: Watched) -> datetime | None:
    told = state(hass, "sensor", watched.id, "job_status").attributes.get("paused_until")
    assert told is None or isinstance(told, datetime)
    return told


async def test_a_job_that_is_paused_for_a_while_says_until_when_and_goes_on_by_itself(
    hass: HomeAssistant, nas: Nas, photos: Path, freezer: FrozenDateTimeFactory
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    await act(hass, "pause", watched, **{"for": {"hours": 1}})
    await watched.until("paused")

    assert watched.shown("enabled", "switch") == STATE_OFF
    assert told_end(hass, watched) == dt_util.utcnow() + HOUR
    write_old(photos / "three.jpg", b"three")

    freezer.tick(HOUR)
    async_fire_time_changed(hass)
    await watched.until("watching")

    assert watched.shown("enabled", "switch") == STATE_ON
    assert told_end(hass, watched) is None
    assert "three.jpg" in tree(nas.folder / "photos")
    await unload(hass, entry)


async def test_a_time_without_a_zone_is_one_of_the_users_clock(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    evening = dt_util.now().replace(microsecond=0, tzinfo=None) + 5 * HOUR

    await act(hass, "pause", watched, until=evening.isoformat(" "))
    await watched.until("paused")

    end = told_end(hass, watched)
    assert end is not None
    assert dt_util.as_local(end).replace(tzinfo=None) == evening
    await unload(hass, entry)


@pytest.mark.parametrize(
    ("away", "status"), [(HOUR / 2, "paused"), (2 * HOUR, "watching")], ids=["before", "after"]
)
async def test_a_restart_before_the_end_of_a_pause_changes_nothing_and_after_it_ends_it(
    hass: HomeAssistant,
    nas: Nas,
    photos: Path,
    freezer: FrozenDateTimeFactory,
    away: timedelta,
    status: str,
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await act(hass, "pause", watched, **{"for": "01:00:00"})
    await watched.until("paused")
    end = told_end(hass, watched)
    await unload(hass, entry)

    freezer.tick(away)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    await watched.until(status)

    assert told_end(hass, watched) == (end if status == "paused" else None)
    freezer.tick(HOUR)
    async_fire_time_changed(hass)
    await watched.until("watching")
    await unload(hass, entry)


async def test_what_a_person_does_later_takes_the_place_of_the_end_of_a_pause(
    hass: HomeAssistant, nas: Nas, photos: Path, freezer: FrozenDateTimeFactory
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await act(hass, "pause", watched, **{"for": "01:00:00"})
    await watched.until("paused")
    await act(hass, "resume", watched)
    await watched.until("watching")
    assert told_end(hass, watched) is None

    await act(hass, "pause", watched, **{"for": "01:00:00"})
    await act(hass, "pause", watched)
    await watched.until("paused")
    assert told_end(hass, watched) is None
    freezer.tick(2 * HOUR)
    async_fire_time_changed(hass)
    await settle(hass)

    assert watched.shown("job_status") == "paused"
    await unload(hass, entry)


async def test_a_pause_that_would_be_over_or_has_two_ends_is_refused(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    with pytest.raises(ServiceValidationError) as past:
        await act(hass, "pause", watched, until="2020-01-01 00:00:00")
    with pytest.raises(probatio.Invalid):
        await act(hass, "pause", watched, **{"for": "01:00:00"}, until="2090-01-01 00:00:00")

    assert past.value.translation_key == "pause_is_over"
    assert watched.shown("job_status") == "watching"
    await unload(hass, entry)
