"""The actions `list_versions` and `restore`."""

from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN

from .site import Nas, load_job, tree, unload, write_old

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant


async def act(
    hass: HomeAssistant, action: str, data: dict[str, Any], *, answer: bool = False
) -> Any:
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=answer
    )


async def test_a_version_is_listed_and_comes_back_on_both_sides(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    target = {"entity_id": watched.entity("job_status")}
    (photos / "one.jpg").unlink()
    await act(hass, "sync", target)
    assert set(tree(nas.folder / "photos")) == {"two.jpg"}

    listed = await act(hass, "list_versions", {**target, "path": "/one.jpg"}, answer=True)
    everything = await act(
        hass, "list_versions", {**target, "path": "", "inside": True}, answer=True
    )
    (version,) = listed["jobs"][0]["versions"]
    restored = await act(hass, "restore", {**target, "version": version["version"]}, answer=True)
    await act(hass, "sync", target)

    assert (version["path"], version["side"], version["kind"]) == ("one.jpg", "target", "file")
    assert (version["size"], listed["jobs"][0]["complete"]) == (3, True)
    assert everything["jobs"][0]["versions"] == [version]
    assert (restored["path"], restored["side"], restored["files_restored"]) == (
        "one.jpg",
        "source",
        1,
    )
    assert (photos / "one.jpg").read_bytes() == b"one"
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    await unload(hass, entry)


async def test_what_cannot_be_restored_is_told(hass: HomeAssistant, nas: Nas, photos: Path) -> None:
    entry, watched = await load_job(hass, nas, photos)
    target = {"entity_id": watched.entity("job_status")}
    write_old(photos / "two.jpg", b"second")
    await act(hass, "sync", target)
    listed = await act(hass, "list_versions", {**target, "path": "two.jpg"}, answer=True)
    version = listed["jobs"][0]["versions"][0]["version"]

    with pytest.raises(HomeAssistantError) as unknown:
        await act(hass, "restore", {**target, "version": "target/trash/nothing"})
    with pytest.raises(HomeAssistantError) as in_the_way:
        await act(hass, "restore", {**target, "version": version, "to": "one.jpg/two.jpg"})
    with pytest.raises(ServiceValidationError) as outside:
        await act(hass, "restore", {**target, "version": version, "to": "../two.jpg"})

    assert unknown.value.translation_key == "not_restored"
    assert in_the_way.value.translation_key == "not_restored"
    assert outside.value.translation_key == "bad_path"
    assert (photos / "two.jpg").read_bytes() == b"second"
    await unload(hass, entry)


async def test_both_actions_say_which_job_is_missing(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    nobody = {"entity_id": "sensor.of_somebody_else"}

    with pytest.raises(ServiceValidationError) as listing:
        await act(hass, "list_versions", {**nobody, "path": ""}, answer=True)
    with pytest.raises(ServiceValidationError) as restoring:
        await act(hass, "restore", {**nobody, "version": "x"})

    assert listing.value.translation_key == "no_jobs_targeted"
    assert restoring.value.translation_key == "no_jobs_targeted"
