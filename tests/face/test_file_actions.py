"""What goes for all actions on files of a share."""

import asyncio
from pathlib import Path
import re
import time
from typing import TYPE_CHECKING

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.script import Script, async_validate_actions_config
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.smb_ddns_sync import file_actions, file_work
from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.sync.carry import Carrier

from .file_actions import Actions, put
from .site import OTHER_SHARE, PATIENCE, Nas, job, load, share, tree, unload, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from homeassistant.core import HomeAssistant, ServiceCall
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from custom_components.smb_ddns_sync.sync.carry import Carried, Parcel

DOCS = Path(__file__).parents[2] / "docs" / "automations.md"


async def test_the_examples_of_the_docs_do_what_they_say(
    hass: HomeAssistant, nas: Nas, photos: Path, file_share: MockConfigEntry
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
        f"media-source://{DOMAIN}/{file_share.entry_id}/Recordings/last.mp4"
    )


async def test_an_action_is_about_one_share(
    hass: HomeAssistant, nas: Nas, photos: Path, file_share: MockConfigEntry
) -> None:
    other = share(nas.server, job(photos), share=OTHER_SHARE)
    await load(hass, other)
    devices = dr.async_get(hass)
    shares = [
        device.id
        for each in (file_share, other)
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
def held_fixture(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], bool]]:
    """Hold every transfer until it is told to stop; returns what each of them asks."""
    held: list[Callable[[], bool]] = []
    carry = Carrier.carry

    def waiting(self: Carrier, parcels: Iterable[Parcel]) -> Iterator[Carried]:
        held.append(self._stopped)
        deadline = time.monotonic() + PATIENCE
        while not self._stopped():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return carry(self, parcels)

    monkeypatch.setattr(Carrier, "carry", waiting)
    return held


async def test_an_action_ends_when_its_time_is_up(
    nas: Nas, photos: Path, actions: Actions, held: list[Callable[[], bool]]
) -> None:
    with pytest.raises(HomeAssistantError) as told:
        await actions.do(
            "upload", files=str(photos / "one.jpg"), to="", timeout={"milliseconds": 50}
        )

    assert told.value.translation_key == "files_took_too_long"
    assert held[0]()
    assert tree(nas.folder) == {}


async def test_an_action_that_is_broken_off_stops_its_work_and_gives_way(
    hass: HomeAssistant,
    photos: Path,
    actions: Actions,
    held: list[Callable[[], bool]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(file_work, "AT_ONCE", 1)
    first = hass.async_create_task(actions.do("upload", files=str(photos / "one.jpg"), to=""))
    await until(lambda: bool(held))
    second = hass.async_create_task(actions.answer("list_files"))
    await asyncio.sleep(0)

    first.cancel()
    listed = await second

    assert held[0]()
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
