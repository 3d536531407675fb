"""How a job learns of changes is told, and what keeps it from learning of them at once."""

import errno
from typing import TYPE_CHECKING

from homeassistant.helpers import issue_registry as ir

from custom_components.smb_ddns_sync.diagnostics import async_get_config_entry_diagnostics
from custom_components.smb_ddns_sync.sync.endpoints import local

from .site import Nas, Watched, job, load, load_job, share, state, unload, until

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    import pytest


async def test_a_folder_that_is_watched_is_live(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    found = state(hass, "sensor", watched.id, "change_detection")
    assert found.state == "live"
    assert found.attributes["source"] == "live"
    assert not {"target", "source_cause", "source_since"} & set(found.attributes)
    assert not issue_registry.issues
    await unload(hass, entry)


async def test_a_watch_limit_asks_a_person_until_the_folder_can_be_watched(
    hass: HomeAssistant,
    nas: Nas,
    photos: Path,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_few(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as limit:
        limit.setattr(local, "FolderWatch", too_few)
        entry = share(nas.server, job(photos))
        await load(hass, entry)
        watched = Watched(hass, entry)
        await watched.until("idle")
        found = state(hass, "sensor", watched.id, "change_detection")
        assert found.state == "rescan"
        assert found.attributes["source_cause"] == "watch_limit"
        (issue,) = issue_registry.issues.values()
        assert issue.translation_key == "watch_limit"
        assert issue.severity is ir.IssueSeverity.WARNING
        told = await async_get_config_entry_diagnostics(hass, entry)
        assert "'level': 'rescan', 'cause': 'watch_limit'" in str(told)

    await watched.call("button", "press", "sync_now")
    await until(lambda: watched.shown("change_detection") == "live")
    assert not issue_registry.issues
    await unload(hass, entry)
