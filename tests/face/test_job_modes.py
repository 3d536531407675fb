"""Jobs of every mode and direction, and jobs whose other side is another share."""

import json
from typing import TYPE_CHECKING, Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState

from .site import (
    OTHER_SHARE,
    Nas,
    Watched,
    empty,
    job,
    load,
    only_subentry,
    settle,
    share,
    tree,
    unload,
    until,
    write_old,
)

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from homeassistant.helpers import issue_registry as ir
    from pytest_homeassistant_custom_component.common import MockConfigEntry

BOTH = {"one.jpg": b"one", "two.jpg": b"two"}


async def test_a_two_way_job_takes_over_what_changed_on_either_side(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos, mode="two_way", conflicts="newer"))
    await load(hass, entry)
    await Watched(hass, entry).until("watching")
    assert tree(nas.folder / "photos") == BOTH

    (photos / "one.jpg").unlink()
    write_old(nas.folder / "photos" / "three.jpg", b"three")

    expected = {"two.jpg": b"two", "three.jpg": b"three"}
    await until(lambda: tree(photos) == tree(nas.folder / "photos") == expected)
    await unload(hass, entry)


async def test_a_mirror_from_the_share_changes_the_local_folder_only(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    (nas.folder / "photos").mkdir()
    write_old(nas.folder / "photos" / "theirs.jpg", b"theirs")
    entry = share(nas.server, job(photos, direction="from_share"))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")
    assert tree(photos) == {**BOTH, "theirs.jpg": b"theirs"}, "what was there before stays"
    assert tree(nas.folder / "photos") == {"theirs.jpg": b"theirs"}

    empty(nas.folder / "photos")
    await watched.until("held")
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "deletions_held_source_emptied"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["source"] == "NAS: photos"
    assert issue.translation_placeholders["target"] == str(photos)
    await unload(hass, entry)


async def test_a_copy_clears_its_source_by_the_run_after_the_one_that_carried_it_over(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos, mode="copy", clear_source_days=0))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")
    assert tree(photos) == tree(nas.folder / "photos") == BOTH

    await watched.call("button", "press", "sync_now")

    await until(lambda: not tree(photos))
    assert tree(nas.folder / "photos") == BOTH
    await unload(hass, entry)


async def test_what_is_no_folder_changes_without_a_first_sync(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos, mode="copy"))
    await load(hass, entry)
    await Watched(hass, entry).until("watching")
    marker = nas.folder / "photos" / ".smb_ddns_sync" / "root.json"
    before = json.loads(marker.read_text())["id"]

    subentry = only_subentry(entry)
    data = {**subentry.data, "clear_source_days": 0}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await until(lambda: not tree(photos))

    assert json.loads(marker.read_text())["id"] == before, "it is the memory of before"
    assert tree(nas.folder / "photos") == BOTH
    await unload(hass, entry)


async def test_another_direction_begins_with_a_first_sync(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")
    await watched.call("switch", "turn_off", "enabled")
    write_old(photos / "new.jpg", b"new")

    subentry = only_subentry(entry)
    data = {**subentry.data, "direction": "from_share"}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await settle(hass)
    await watched.call("switch", "turn_on", "enabled")
    await watched.until("watching")

    assert tree(photos) == {**BOTH, "new.jpg": b"new"}, "nothing is deleted"
    await unload(hass, entry)


def to_the_other(other: MockConfigEntry, photos: Path, **changes: Any) -> Any:
    """Return a job that takes what is in `photos` of the other share."""
    made = job(photos, other_share=other.entry_id, other_folder="photos", **changes)
    data = {key: value for key, value in made["data"].items() if key != "local_folder"}
    return {**made, "data": data}


def two_shares(nas: Nas, photos: Path) -> tuple[Any, Any]:
    """Return a share that is loaded and one with a job from it, which is not yet."""
    (nas.other / "photos").mkdir()
    write_old(nas.other / "photos" / "one.jpg", b"one")
    write_old(nas.other / "photos" / "two.jpg", b"two")
    other = share(nas.server, share=OTHER_SHARE)
    return other, share(nas.server, to_the_other(other, photos))


async def test_a_job_between_two_shares_waits_for_the_other_one_whichever_comes_first(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    other, entry = two_shares(nas, photos)
    other.add_to_hass(hass)
    await hass.config_entries.async_set_disabled_by(other.entry_id, ConfigEntryDisabler.USER)
    await load(hass, entry)
    watched = Watched(hass, entry)
    assert watched.shown("job_status") == "waiting"
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "missing_share_other_share_not_loaded"

    await hass.config_entries.async_set_disabled_by(other.entry_id, None)
    await watched.until("watching")

    assert tree(nas.folder / "photos") == BOTH
    assert not issue_registry.issues
    await unload(hass, entry)
    await unload(hass, other)


async def test_a_reload_of_the_other_share_ends_the_run_and_begins_anew(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    other, entry = two_shares(nas, photos)
    await load(hass, other)
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")

    await unload(hass, other)
    assert watched.shown("job_status") == "waiting"
    assert entry.state is ConfigEntryState.LOADED
    assert issue_registry.issues
    write_old(nas.other / "photos" / "three.jpg", b"three")
    assert await hass.config_entries.async_setup(other.entry_id)
    await until(lambda: tree(nas.folder / "photos") == {**BOTH, "three.jpg": b"three"})

    await watched.until("watching")
    assert not issue_registry.issues
    await unload(hass, entry)
    await unload(hass, other)


async def test_a_removed_other_share_is_a_repair_and_deletes_nothing(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    other, entry = two_shares(nas, photos)
    await load(hass, other)
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("watching")

    await hass.config_entries.async_remove(other.entry_id)
    await settle(hass)

    assert watched.shown("job_status") == "waiting"
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "missing_share_other_share_gone"
    assert tree(nas.folder / "photos") == BOTH

    # The same job, with a local folder instead.
    subentry = only_subentry(entry)
    data = {key: value for key, value in subentry.data.items() if not key.startswith("other_")}
    data["local_folder"] = str(photos)
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await watched.until("watching")
    assert not issue_registry.issues
    await unload(hass, entry)


async def test_a_switched_off_job_does_not_begin_with_the_other_share(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    other, entry = two_shares(nas, photos)
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.call("switch", "turn_off", "enabled")

    await load(hass, other)
    assert watched.shown("job_status") == "paused"
    assert not tree(nas.folder)
    await watched.call("switch", "turn_on", "enabled")
    await watched.until("watching")

    assert tree(nas.folder / "photos") == BOTH
    await unload(hass, other)
    await unload(hass, entry)
