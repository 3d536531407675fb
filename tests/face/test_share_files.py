"""The actions `download`, `list_files` and `delete_files`, called as automations do."""

from typing import TYPE_CHECKING

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN

from .file_actions import Actions, put
from .site import Nas, tree

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_homeassistant_custom_component.common import MockConfigEntry


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


async def test_a_list_tells_what_is_where(
    nas: Nas, file_share: MockConfigEntry, actions: Actions
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
    assert clip["media_content_id"] == f"media-source://{DOMAIN}/{file_share.entry_id}/cam/1.mp4"
    assert clip["media_content_type"] == "video/mp4"


async def test_a_list_that_is_cut_says_so(nas: Nas, actions: Actions) -> None:
    for number in range(3):
        put(nas.folder, f"{number}.txt")

    cut = await actions.answer("list_files", files="*.txt", limit=2)

    assert (len(cut["files"]), cut["complete"]) == (2, False)


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
