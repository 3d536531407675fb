"""The button *Verify* finds content that differs unseen, and a person hears what to do."""

import os
from typing import TYPE_CHECKING

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.exceptions import HomeAssistantError
import pytest

from .site import Nas, load_job, state, tree, unload, until_state, write_old

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir


async def test_content_that_differs_unseen_is_a_repair_until_the_good_version_is_saved(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await watched.call("button", "press", "verify")
    await until_state(
        hass,
        watched.entity("run", "event"),
        lambda told: told.attributes.get("started_by") == "verify",
    )
    told = state(hass, "event", watched.id, "run").attributes
    assert (told["event_type"], told["files_verified"]) == ("completed", 2)

    rotten = nas.folder / "photos" / "one.jpg"
    with rotten.open("r+b") as file:
        before = rotten.stat()
        file.write(b"0")
    _give_time_back(rotten, before.st_mtime_ns)
    await watched.call("button", "press", "verify")
    await watched.until_told("different")

    assert watched.shown("last_result") == "different"
    assert watched.shown("problem", "binary_sensor") == STATE_ON
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "content_differs"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["count"] == "1"
    assert "one.jpg" in issue.translation_placeholders["examples"]
    assert tree(nas.folder / "photos")["one.jpg"] == b"0ne"

    write_old(photos / "one.jpg", b"one")
    await watched.call("button", "press", "sync_now")
    await until_state(hass, watched.entity("problem", "binary_sensor"), STATE_OFF)

    assert not issue_registry.issues
    assert tree(nas.folder / "photos")["one.jpg"] == b"one"
    await unload(hass, entry)


async def test_a_job_that_rests_verifies_nothing(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await watched.call("switch", "turn_off", "enabled")

    with pytest.raises(HomeAssistantError) as refused:
        await watched.call("button", "press", "verify")

    assert refused.value.translation_key == "job_not_running"
    await unload(hass, entry)


def _give_time_back(path: Path, modified: int) -> None:
    """Let a file have been modified when it was before, as after a write that nobody made."""
    os.utime(path, ns=(modified, modified))
