"""Jobs: they run, tell what they do, wait for a person where they must, and lose nothing."""

from datetime import timedelta
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_OFF, STATE_ON
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.state_files import state_file

from .site import (
    Nas,
    Watched,
    entity_id,
    job,
    load,
    load_job,
    only_subentry,
    settle,
    share,
    state,
    subentry,
    tree,
    unload,
    until,
    until_state,
    write_old,
)

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant


async def test_a_job_mirrors_at_once_and_tells_what_it_did(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    assert watched.shown("last_result") == "completed"
    assert watched.shown("files_copied") == "2"
    assert float(watched.shown("bytes_copied")) == pytest.approx(6e-6)
    assert watched.shown("progress") == "100"
    assert watched.shown("held_deletions") == "0"
    assert watched.shown("problem", "binary_sensor") == STATE_OFF
    told = state(hass, "event", watched.id, "run").attributes
    assert (told["event_type"], told["started_by"]) == ("completed", "start")
    await unload(hass, entry)


async def test_a_new_file_follows_without_being_asked_for(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, _ = await load_job(hass, nas, photos)

    (photos / "three.jpg").write_bytes(b"three")

    await until(lambda: tree(nas.folder / "photos").get("three.jpg") == b"three")
    await unload(hass, entry)


async def test_a_job_hangs_on_its_share(
    hass: HomeAssistant, nas: Nas, photos: Path, device_registry: dr.DeviceRegistry
) -> None:
    entry, _ = await load_job(hass, nas, photos)

    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    by_name = {device.name: device for device in devices}
    assert by_name["Photos"].via_device_id == by_name["NAS"].id
    await unload(hass, entry)


async def test_the_button_starts_a_run(hass: HomeAssistant, nas: Nas, photos: Path) -> None:
    entry = share(nas.server, job(photos, watch=False))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("idle")
    (photos / "three.jpg").write_bytes(b"three")

    await watched.call("button", "press", "sync_now")

    await until(lambda: "three.jpg" in tree(nas.folder / "photos"))
    await unload(hass, entry)


async def test_an_emptied_folder_deletes_nothing_until_a_person_says_so(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    (photos / "one.jpg").unlink()
    (photos / "two.jpg").unlink()
    await watched.until("held")

    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    assert watched.shown("held_deletions") == "2"
    assert watched.shown("problem", "binary_sensor") == STATE_ON
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "deletions_held_source_emptied"
    assert issue.is_fixable
    assert issue.translation_placeholders is not None
    assert "one.jpg" in issue.translation_placeholders["examples"]
    await watched.until_told("held")

    write_old(photos / "one.jpg", b"one")
    write_old(photos / "two.jpg", b"two")
    await watched.call("button", "press", "sync_now")
    await watched.until("watching")

    assert not issue_registry.issues
    await unload(hass, entry)


async def test_a_job_whose_server_is_down_waits_and_goes_on_by_itself(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    nas.server.stop()
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("waiting")
    assert watched.shown("problem", "binary_sensor") == STATE_ON

    nas.server.start()
    await watched.call("button", "press", "sync_now")
    await watched.until("watching")

    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    assert watched.shown("problem", "binary_sensor") == STATE_OFF
    await unload(hass, entry)


async def test_a_job_that_is_switched_off_is_paused_until_it_is_switched_on(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    await watched.call("switch", "turn_off", "enabled")
    await watched.until("paused")
    write_old(photos / "three.jpg", b"three")
    assert "three.jpg" not in tree(nas.folder / "photos")

    await watched.call("switch", "turn_on", "enabled")
    await watched.until("watching")
    assert tree(nas.folder / "photos")["three.jpg"] == b"three"
    await unload(hass, entry)


async def test_a_switched_off_job_rests_also_after_a_restart(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    await watched.call("switch", "turn_off", "enabled")
    await unload(hass, entry)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)

    await watched.until("paused")
    assert watched.shown("enabled", "switch") == STATE_OFF
    with pytest.raises(HomeAssistantError) as refused:
        await watched.call("button", "press", "sync_now")
    assert refused.value.translation_key == "job_not_running"

    await watched.call("switch", "turn_on", "enabled")
    await watched.until("watching")
    await unload(hass, entry)


async def test_a_folder_that_is_no_longer_allowed_is_left_alone(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    hass.config.allowlist_external_dirs = set()
    entry = share(nas.server, job(photos))
    await load(hass, entry)

    assert Watched(hass, entry).shown("job_status") == "error"
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "job_needs_person"
    assert not tree(nas.folder)
    await unload(hass, entry)


async def test_a_changed_job_restarts_only_itself(
    hass: HomeAssistant, nas: Nas, photos: Path, tmp_path: Path
) -> None:
    other_folder = tmp_path / "music"
    other_folder.mkdir()
    write_old(other_folder / "song.ogg", b"song")
    entry = share(nas.server, job(photos), job(other_folder, "Music"))
    await load(hass, entry)
    changed, other = Watched(hass, entry), Watched(hass, entry, "Music")
    await changed.until("watching")
    await other.until("watching")
    runtime = entry.runtime_data
    other_states = async_capture_events(hass, "state_changed")

    data = only_subentry(entry, "Photos").data
    hass.config_entries.async_update_subentry(
        entry, only_subentry(entry, "Photos"), data={**data, "remote_folder": "pictures"}
    )
    await until(lambda: len(tree(nas.folder / "pictures")) == 2)
    await changed.until("watching")

    assert entry.runtime_data is runtime
    assert not [e for e in other_states if "music" in e.data["entity_id"]]
    await unload(hass, entry)


async def test_a_job_comes_and_goes_without_a_reload(
    hass: HomeAssistant, nas: Nas, photos: Path, device_registry: dr.DeviceRegistry
) -> None:
    entry = share(nas.server)
    await load(hass, entry)
    runtime = entry.runtime_data

    added = subentry(job(photos))
    hass.config_entries.async_add_subentry(entry, added)
    await settle(hass)
    await Watched(hass, entry).until("watching")
    file = state_file(hass, added.subentry_id)
    assert await hass.async_add_executor_job(file.exists)

    hass.config_entries.async_remove_subentry(entry, added.subentry_id)
    await settle(hass)

    assert entry.runtime_data is runtime
    assert hass.states.get("sensor.photos_status") is None
    assert len(dr.async_entries_for_config_entry(device_registry, entry.entry_id)) == 1
    assert not await hass.async_add_executor_job(file.exists)
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    await unload(hass, entry)


async def test_a_removed_share_takes_the_memory_of_its_jobs_along_and_no_file(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    file = state_file(hass, watched.id)

    await hass.config_entries.async_remove(entry.entry_id)

    assert not await hass.async_add_executor_job(file.exists)
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    assert tree(photos) == {"one.jpg": b"one", "two.jpg": b"two"}


async def test_what_a_removed_job_left_behind_is_swept_at_the_next_start(
    hass: HomeAssistant, nas: Nas
) -> None:
    orphan = state_file(hass, "01JXXXXXXXXXXXXXXXXXXXXXXX")

    def leave() -> None:
        orphan.parent.mkdir(parents=True, exist_ok=True)
        orphan.touch()
        orphan.with_name(f"{orphan.name}-wal").touch()

    await hass.async_add_executor_job(leave)
    entry = share(nas.server)
    await load(hass, entry)

    assert not await hass.async_add_executor_job(lambda: list(orphan.parent.glob("01JX*")))
    await unload(hass, entry)


async def test_unloading_and_loading_while_files_are_copied_loses_nothing(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    for number in range(400):
        write_old(photos / f"{number}.raw", bytes([number % 256]) * 50_000)
    wanted = tree(photos)
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    watched = Watched(hass, entry)

    for _ in range(3):
        await until(lambda: bool(tree(nas.folder)))
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.LOADED
    await watched.until("watching")

    assert tree(nas.folder / "photos") == wanted
    assert not list(nas.folder.rglob("*.tmp"))
    await unload(hass, entry)


async def test_a_file_is_never_seen_in_part_while_the_entry_is_unloaded(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    content = bytes(range(256)) * 200_000
    write_old(photos / "video.mp4", content)
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    await until(lambda: bool(list((nas.folder / "photos").glob(".smb_ddns_sync-*"))))
    await unload(hass, entry)

    seen = tree(nas.folder / "photos").get("video.mp4")
    assert seen in (None, content)

    assert await hass.config_entries.async_setup(entry.entry_id)
    await Watched(hass, entry).until("watching")
    assert tree(nas.folder / "photos")["video.mp4"] == content
    await unload(hass, entry)


async def test_jobs_end_with_home_assistant(hass: HomeAssistant, nas: Nas, photos: Path) -> None:
    entry, watched = await load_job(hass, nas, photos)

    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await settle(hass)

    assert watched.shown("job_status") == "stopped"
    await unload(hass, entry)


async def test_a_run_from_before_a_restart_is_no_news(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await unload(hass, entry)
    nas.server.stop()

    told = async_capture_events(hass, "state_changed")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await watched.until("waiting")

    results = [
        event.data["new_state"].attributes.get("event_type")
        for event in told
        if event.data["entity_id"] == watched.entity("run", "event")
    ]
    assert "completed" not in results[1:]
    await unload(hass, entry)


async def test_a_dead_server_is_logged_once_by_a_job_however_often_it_tries(
    hass: HomeAssistant, nas: Nas, photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    nas.server.kill()
    owner = only_subentry(entry).subentry_id
    target = {"entity_id": entity_id(hass, "sensor", owner, "job_status")}
    for _ in range(4):
        with pytest.raises(HomeAssistantError):
            await hass.services.async_call(DOMAIN, "sync", target, blocking=True)
    await watched.until("waiting")
    await unload(hass, entry)

    warnings = [
        logged.getMessage()
        for logged in caplog.records
        if logged.name.startswith("custom_components") and logged.levelname == "WARNING"
    ]
    # The connection is lost once, and then nobody answers any more.
    assert len(warnings) == len(set(warnings)) <= 2
    assert all("Photos" in warning for warning in warnings)


async def test_settings_that_no_form_stores_are_a_repair_and_stop_no_other_job(
    hass: HomeAssistant, nas: Nas, photos: Path, tmp_path: Path, issue_registry: ir.IssueRegistry
) -> None:
    (tmp_path / "music").mkdir()
    entry = share(nas.server, job(photos, interval=0), job(tmp_path / "music", "Music"))
    await load(hass, entry)

    await Watched(hass, entry, "Music").until("watching")
    assert Watched(hass, entry).shown("job_status") == "error"
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "settings_unusable"
    await unload(hass, entry)


async def test_a_job_goes_on_as_soon_as_its_share_is_well_again(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    nas.server.stop()
    entry = share(nas.server, job(photos, watch=False))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("waiting")

    nas.server.start()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=61))
    await watched.until("idle")

    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    await unload(hass, entry)


async def test_what_runs_have_copied_adds_up_in_statistics(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    first = hass.states.get(watched.entity("bytes_copied"))
    write_old(photos / "three.jpg", b"three")
    await until_state(hass, watched.entity("files_copied"), lambda state: state.state == "1")
    second = hass.states.get(watched.entity("bytes_copied"))

    assert first is not None
    assert second is not None
    assert first.attributes["last_reset"] < second.attributes["last_reset"]
    await unload(hass, entry)
