"""The action `upload`, called as automations do."""

import os
from typing import TYPE_CHECKING

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.script import Script
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
import pytest

from .file_actions import Actions, put
from .site import Nas, tree

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry


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
    nas: Nas, photos: Path, file_share: MockConfigEntry, actions: Actions
) -> None:
    put(photos, "2026/three.jpg", b"three")
    put(photos, "2026/notes.txt")

    answer = await actions.answer("upload", files=[f"{photos}/**/*.jpg"], to="Album")

    assert tree(nas.folder) == {
        "Album/one.jpg": b"one",
        "Album/two.jpg": b"two",
        "Album/2026/three.jpg": b"three",
    }
    assert (answer["share"], answer["entry_id"]) == ("NAS", file_share.entry_id)
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


@pytest.mark.usefixtures("file_share")
async def test_a_media_id_without_media_says_so(actions: Actions) -> None:
    with pytest.raises(ServiceValidationError) as told:
        await actions.do("upload", files="media-source://media_source/local/one.jpg", to="m/")

    assert told.value.translation_key == "media_without_file"
