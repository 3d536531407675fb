"""The actions on files of a share, called as automations do."""

import asyncio
import os
from pathlib import Path
import re
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.script import Script, async_validate_actions_config
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.smb_ddns_sync import file_actions, file_work
from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.sync.carry import Carrier

from .site import OTHER_SHARE, PATIENCE, Nas, entity_id, job, load, share, tree, unload, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from threading import Event

    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from custom_components.smb_ddns_sync.sync.carry import Carried, Parcel

DOCS = Path(__file__).parents[2] / "docs" / "automations.md"


@pytest.fixture(name="entry")
async def entry_fixture(hass: HomeAssistant, nas: Nas) -> AsyncIterator[MockConfigEntry]:
    """Load a share."""
    entry = share(nas.server)
    await load(hass, entry)
    yield entry
    await unload(hass, entry)


class Actions:
    """Calls actions on one share."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        self._hass = hass
        self.target = {"entity_id": entity_id(hass, "sensor", entry.entry_id, "share_status")}

    async def answer(self, action: str, **data: Any) -> dict[str, Any]:
        """Return the response of an action."""
        answer = await self._hass.services.async_call(
            DOMAIN, action, {**self.target, **data}, blocking=True, return_response=True
        )
        assert answer is not None
        return dict(answer)

    async def do(self, action: str, **data: Any) -> None:
        """Call an action without asking for its response."""
        await self._hass.services.async_call(DOMAIN, action, {**self.target, **data}, blocking=True)


@pytest.fixture(name="actions")
def actions_fixture(hass: HomeAssistant, entry: MockConfigEntry) -> Actions:
    """Call actions on the share."""
    return Actions(hass, entry)


def put(folder: Path, path: str, content: bytes = b"content", age_days: float = 0) -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if age_days:
        then = file.stat().st_mtime - age_days * 86_400
        os.utime(file, (then, then))


async def test_the_examples_of_the_docs_do_what_they_say(
    hass: HomeAssistant, nas: Nas, photos: Path, entry: MockConfigEntry
) -> None:
    put(nas.folder, "Doorbell/2026-01-01/old.jpg", age_days=31)
    put(nas.folder, "Recordings/first.mp4", age_days=2)
    put(nas.folder, "Recordings/last.mp4", age_days=1)
    played = async_mock_service(hass, "media_player", "play_media")

    async def snapshot(call: ServiceCall) -> None:
        await hass.async_add_executor_job(put, photos, Path(call.data["filename"]).name)

    hass.services.async_register("camera", "snapshot", snapshot)
    text = await hass.async_add_executor_job(DOCS.read_text)
    section = text.partition("### Files on a share")[2].partition("\n## ")[0]
    examples = re.findall(r"```yaml\n(.*?)```", section.replace("/media/", f"{photos}/"), re.DOTALL)

    for example in examples:
        parsed = parse_yaml(example)
        sequence = parsed["actions"] if isinstance(parsed, dict) else parsed
        checked = await async_validate_actions_config(hass, cv.SCRIPT_SCHEMA(sequence))
        await Script(hass, checked, "example", "test").async_run()

    assert len(examples) == 3
    left = set(tree(nas.folder))
    (snap,) = left - {"Recordings/first.mp4", "Recordings/last.mp4"}
    assert re.fullmatch(r"Doorbell/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d\.jpg", snap)
    assert played[0].data["media"]["media_content_id"] == (
        f"media-source://{DOMAIN}/{entry.entry_id}/Recordings/last.mp4"
    )


# Uploading


async def test_a_clip_goes_to_a_path_with_a_date_in_it(
    hass: HomeAssistant, nas: Nas, photos: Path, actions: Actions
) -> None:
    to = Template("Camera/{{ as_datetime('2026-11-25').strftime('%Y/%m-%d') }}/front.jpg", hass)
    sequence = [
        {
            "action": "smb_ddns_sync.upload",
            "target": actions.target,
            "data": {"files": str(photos / "one.jpg"), "to": to},
            "response_variable": "uploaded",
        }
    ]

    result = await Script(hass, sequence, "clip", "test").async_run()

    assert tree(nas.folder) == {"Camera/2026/11-25/front.jpg": b"one"}
    assert result is not None
    (file,) = result.variables["uploaded"]["files"]
    assert (file["to"], file["result"]) == ("Camera/2026/11-25/front.jpg", "copied")


async def test_many_files_go_into_a_folder_with_the_folders_they_are_in(
    nas: Nas, photos: Path, entry: MockConfigEntry, actions: Actions
) -> None:
    put(photos, "2026/three.jpg", b"three")
    put(photos, "2026/notes.txt")

    answer = await actions.answer("upload", files=[f"{photos}/**/*.jpg"], to="Album")

    assert tree(nas.folder) == {
        "Album/one.jpg": b"one",
        "Album/two.jpg": b"two",
        "Album/2026/three.jpg": b"three",
    }
    assert (answer["share"], answer["entry_id"]) == ("NAS", entry.entry_id)
    assert (answer["files_done"], answer["bytes_done"], answer["problem_count"]) == (3, 11, 0)
    assert {file["from"] for file in answer["files"]} == {
        str(photos / name) for name in ("one.jpg", "two.jpg", "2026/three.jpg")
    }


@pytest.mark.parametrize(
    ("overwrite", "result", "left"),
    [
        ("fail", "failed", {"one.jpg": b"old"}),
        ("replace", "replaced", {"one.jpg": b"one"}),
        ("keep_both", "kept_both", {"one.jpg": b"old", "one (2).jpg": b"one"}),
    ],
)
async def test_what_is_on_the_share_already_is_treated_as_asked(
    nas: Nas, photos: Path, actions: Actions, overwrite: str, result: str, left: dict[str, bytes]
) -> None:
    put(nas.folder, "one.jpg", b"old")

    answer = await actions.answer(
        "upload", files=[str(photos / "one.jpg")], to="/", overwrite=overwrite
    )

    assert answer["files"][0]["result"] == result
    assert tree(nas.folder) == left


async def test_a_large_file_arrives_whole_and_leaves_no_temporary(
    nas: Nas, photos: Path, actions: Actions
) -> None:
    content = os.urandom(3_500_000)
    put(photos, "film.mp4", content)

    await actions.do("upload", files=[str(photos / "film.mp4")], to="films/")

    assert (nas.folder / "films" / "film.mp4").read_bytes() == content
    assert [path.name for path in (nas.folder / "films").iterdir()] == ["film.mp4"]


async def test_who_does_not_ask_for_the_response_is_told_what_failed(
    photos: Path, nas: Nas, actions: Actions
) -> None:
    put(nas.folder, "two.jpg", b"old")

    with pytest.raises(HomeAssistantError) as told:
        await actions.do("upload", files=[f"{photos}/*.jpg", f"{photos}/gone.jpg"], to="")

    assert told.value.translation_key == "files_not_all_done"
    assert told.value.translation_placeholders is not None
    assert told.value.translation_placeholders["count"] == "2"
    assert "two.jpg" in told.value.translation_placeholders["reason"]
    assert tree(nas.folder) == {"two.jpg": b"old", "one.jpg": b"one"}


@pytest.mark.usefixtures("photos")
async def test_only_local_files_that_home_assistant_may_use_are_taken(
    nas: Nas, tmp_path: Path, actions: Actions
) -> None:
    (tmp_path / "link").symlink_to("/etc")
    (tmp_path / "photos" / "inner").symlink_to("/etc")
    keys = {
        "/etc/hostname": "local_path_not_allowed",
        "/etc/*": "local_path_not_allowed",
        f"{tmp_path}/link/hostname": "local_path_not_allowed",
        f"{tmp_path}/link/*": "local_path_not_allowed",
        f"{tmp_path}/../../etc/hostname": "bad_local_path",
        "photos/one.jpg": "bad_local_path",
    }

    for files, key in keys.items():
        with pytest.raises(ServiceValidationError) as told:
            await actions.do("upload", files=files, to="taken/")
        assert told.value.translation_key == key, files
    await actions.do("upload", files=f"{tmp_path}/photos/**/host*", to="taken/")

    assert tree(nas.folder) == {}


async def test_a_link_to_a_file_that_may_be_used_is_followed(
    nas: Nas, photos: Path, actions: Actions
) -> None:
    (photos / "latest.jpg").symlink_to(photos / "two.jpg")

    await actions.do("upload", files=str(photos / "latest.jpg"), to="latest.jpg")

    assert tree(nas.folder) == {"latest.jpg": b"two"}


async def test_local_media_is_named_by_its_media_id(
    hass: HomeAssistant, nas: Nas, photos: Path, actions: Actions
) -> None:
    hass.config.media_dirs = {"local": str(photos)}
    assert await async_setup_component(hass, "media_source", {})

    await actions.do("upload", files="media-source://media_source/local/one.jpg", to="m/")
    with pytest.raises(ServiceValidationError) as unknown:
        await actions.do("upload", files="media-source://media_source/other/one.jpg", to="m/")

    assert tree(nas.folder) == {"m/one.jpg": b"one"}
    assert unknown.value.translation_key == "media_without_file"


@pytest.mark.usefixtures("entry")
async def test_a_media_id_without_media_says_so(actions: Actions) -> None:
    with pytest.raises(ServiceValidationError) as told:
        await actions.do("upload", files="media-source://media_source/local/one.jpg", to="m/")

    assert told.value.translation_key == "media_without_file"


# Downloading


async def test_files_of_a_share_come_to_a_local_folder(
    nas: Nas, photos: Path, actions: Actions
) -> None:
    put(nas.folder, "Music/Doorbell/ding.mp3", b"ding", age_days=9)
    put(nas.folder, "Music/Doorbell/old/dong.mp3", b"dong")

    answer = await actions.answer(
        "download", files="Music/**/*.mp3", to=f"{photos.parent}/sounds/new/"
    )

    sounds = photos.parent / "sounds" / "new"
    assert tree(sounds) == {"Doorbell/ding.mp3": b"ding", "Doorbell/old/dong.mp3": b"dong"}
    assert answer["files_done"] == 2
    assert answer["files"][0]["to"].startswith(str(sounds))
    there, here = nas.folder / "Music/Doorbell/ding.mp3", sounds / "Doorbell/ding.mp3"
    assert there.stat().st_mtime_ns // 100 == here.stat().st_mtime_ns // 100


async def test_one_file_of_a_share_gets_the_local_path_that_is_asked_for(
    nas: Nas, photos: Path, actions: Actions
) -> None:
    put(nas.folder, "ding.mp3", b"ding")

    await actions.do("download", files="ding.mp3", to=f"{photos}/sounds/bell.mp3")

    assert (photos / "sounds" / "bell.mp3").read_bytes() == b"ding"


@pytest.mark.usefixtures("photos")
async def test_nothing_is_written_where_home_assistant_may_not(
    nas: Nas, tmp_path: Path, actions: Actions
) -> None:
    put(nas.folder, "ding.mp3", b"ding")
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (tmp_path / "link").symlink_to(outside)
    (tmp_path / "photos" / "inner").symlink_to(outside)
    put(nas.folder, "inner/dong.mp3", b"dong")

    for to in (f"{outside}/", f"{tmp_path}/link/", f"{outside}/ding.mp3", "relative/"):
        with pytest.raises(ServiceValidationError):
            await actions.do("download", files="ding.mp3", to=to)
    below_a_link = await actions.answer("download", files="**/dong.mp3", to=f"{tmp_path}/photos/")

    assert below_a_link["files"][0]["result"] == "failed"
    assert list(outside.iterdir()) == []


# Listing


async def test_a_list_tells_what_is_where(
    nas: Nas, entry: MockConfigEntry, actions: Actions
) -> None:
    put(nas.folder, "cam/1.mp4", b"one")
    put(nas.folder, "notes.txt", b"notes")
    put(nas.folder, ".smb_ddns_sync/root.json")

    root = await actions.answer("list_files")
    below = await actions.answer("list_files", files=["cam/*"])

    assert [(file["path"], file["kind"]) for file in root["files"]] == [
        ("cam", "folder"),
        ("notes.txt", "file"),
    ]
    assert root["complete"] is True
    (clip,) = below["files"]
    assert (clip["path"], clip["name"], clip["size"]) == ("cam/1.mp4", "1.mp4", 3)
    assert clip["media_content_id"] == f"media-source://{DOMAIN}/{entry.entry_id}/cam/1.mp4"
    assert clip["media_content_type"] == "video/mp4"


async def test_a_list_that_is_cut_says_so(nas: Nas, actions: Actions) -> None:
    for number in range(3):
        put(nas.folder, f"{number}.txt")

    cut = await actions.answer("list_files", files="*.txt", limit=2)

    assert (len(cut["files"]), cut["complete"]) == (2, False)


# Deleting


async def test_only_files_that_are_old_enough_are_deleted(nas: Nas, actions: Actions) -> None:
    put(nas.folder, "cam/old.mp4", age_days=40)
    put(nas.folder, "cam/new.mp4")
    put(nas.folder, "cam/notes.txt", age_days=40)

    tried = await actions.answer(
        "delete_files", files="cam/*.mp4", older_than={"days": 30}, dry_run=True
    )
    before = tree(nas.folder)
    done = await actions.answer("delete_files", files="cam/*.mp4", older_than={"days": 30})

    assert [(file["path"], file["result"]) for file in tried["files"]] == [
        ("cam/old.mp4", "would_delete")
    ]
    assert set(before) == {"cam/old.mp4", "cam/new.mp4", "cam/notes.txt"}
    assert [(file["path"], file["result"]) for file in done["files"]] == [
        ("cam/old.mp4", "deleted")
    ]
    assert (tried["files_deleted"], done["files_deleted"], done["bytes_deleted"]) == (0, 1, 7)
    assert set(tree(nas.folder)) == {"cam/new.mp4", "cam/notes.txt"}


async def test_more_files_than_the_limit_are_not_touched(nas: Nas, actions: Actions) -> None:
    for number in range(3):
        put(nas.folder, f"{number}.txt")

    with pytest.raises(ServiceValidationError) as told:
        await actions.do("delete_files", files="**", limit=2)

    assert told.value.translation_key == "too_many_files"
    assert len(tree(nas.folder)) == 3


async def test_neither_folders_nor_what_is_ours_is_deleted(nas: Nas, actions: Actions) -> None:
    put(nas.folder, "job/.smb_ddns_sync/trash/20261122T120000Z-0123456789ab/a.txt")
    put(nas.folder, "job/.smb_ddns_sync-0123456789ab-00000000-00000000.tmp")
    put(nas.folder, "job/a.txt")

    await actions.do("delete_files", files=["**"])
    plain = await actions.answer("delete_files", files=["job", "", "missing.txt"])
    refused = 0
    for files in ("job/.smb_ddns_sync/**", "../**", "job/..", "a\\b", "a.txt:stream"):
        with pytest.raises(ServiceValidationError) as told:
            await actions.do("delete_files", files=files)
        refused += told.value.translation_key == "share_path_refused"

    assert [problem["cause"] for problem in plain["problems"]] == [
        "is_a_folder",
        "is_a_folder",
        "not_found",
    ]
    assert refused == 5
    assert len([path for path in nas.folder.rglob("*") if path.is_file()]) == 2


# What goes for all


async def test_an_action_is_about_one_share(
    hass: HomeAssistant, nas: Nas, photos: Path, entry: MockConfigEntry
) -> None:
    other = share(nas.server, job(photos), share=OTHER_SHARE)
    await load(hass, other)
    devices = dr.async_get(hass)
    shares = [
        device.id
        for each in (entry, other)
        for device in dr.async_entries_for_config_entry(devices, each.entry_id)
        if device.config_subentry_id is None
    ]
    (of_job,) = (
        device.id
        for device in dr.async_entries_for_config_entry(devices, other.entry_id)
        if device.config_subentry_id is not None
    )

    keys = []
    for device_id in (shares, of_job, []):
        with pytest.raises(ServiceValidationError) as told:
            await hass.services.async_call(
                DOMAIN, "delete_files", {"device_id": device_id, "files": "*"}, blocking=True
            )
        keys.append(told.value.translation_key)
    by_device = await hass.services.async_call(
        DOMAIN, "list_files", {"device_id": shares[0]}, blocking=True, return_response=True
    )

    assert keys == ["one_share_only", "no_share_targeted", "no_share_targeted"]
    assert by_device is not None
    assert by_device["share"] == "NAS"
    await unload(hass, other)


async def test_a_share_that_is_down_says_why(nas: Nas, photos: Path, actions: Actions) -> None:
    nas.server.stop()

    with pytest.raises(HomeAssistantError) as listing:
        await actions.answer("list_files")
    uploading = await actions.answer("upload", files=f"{photos}/*.jpg", to="")

    assert listing.value.translation_key == "files_failed"
    assert [file["result"] for file in uploading["files"]] == ["failed", "failed"]
    assert {file["cause"] for file in uploading["files"]} <= {"refused", "connection_lost"}


@pytest.fixture(name="held")
def held_fixture(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    """Hold every transfer until it is told to stop; returns what each of them is told by."""
    held: list[Event] = []
    carry = Carrier.carry

    def waiting(self: Carrier, parcels: Iterable[Parcel]) -> Iterator[Carried]:
        stop: Event = self._stopped.__self__  # type: ignore[attr-defined]
        held.append(stop)
        assert stop.wait(PATIENCE)
        return carry(self, parcels)

    monkeypatch.setattr(Carrier, "carry", waiting)
    return held


async def test_an_action_ends_when_its_time_is_up(
    nas: Nas, photos: Path, actions: Actions, held: list[Event]
) -> None:
    with pytest.raises(HomeAssistantError) as told:
        await actions.do(
            "upload", files=str(photos / "one.jpg"), to="", timeout={"milliseconds": 50}
        )

    assert told.value.translation_key == "files_took_too_long"
    assert held[0].is_set()
    assert tree(nas.folder) == {}


async def test_an_action_that_is_broken_off_stops_its_work_and_gives_way(
    hass: HomeAssistant,
    photos: Path,
    actions: Actions,
    held: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_work, "AT_ONCE", 1)
    first = hass.async_create_task(actions.do("upload", files=str(photos / "one.jpg"), to=""))
    await until(lambda: bool(held))
    second = hass.async_create_task(actions.answer("list_files"))
    await asyncio.sleep(0)

    first.cancel()
    listed = await second

    assert held[0].is_set()
    assert listed["files"] == []
    assert first.cancelled()


async def test_a_call_names_no_more_files_than_it_may(
    photos: Path, nas: Nas, actions: Actions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_actions, "MOST", 1)

    with pytest.raises(ServiceValidationError) as told:
        await actions.do("upload", files=f"{photos}/*.jpg", to="")

    assert told.value.translation_key == "too_many_files"
    assert tree(nas.folder) == {}
