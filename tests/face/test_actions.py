"""The actions `update_records`, `sync` and `cancel`."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN
from demo.web_server import Page

from .site import (
    FIRST,
    SECOND,
    Nas,
    Watched,
    empty,
    entity_id,
    job,
    load,
    load_job,
    only_subentry,
    public_address,
    record,
    settle,
    share,
    tree,
    unload,
    write_old,
)

if TYPE_CHECKING:
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho


async def act(
    hass: HomeAssistant, action: str, data: dict[str, Any], *, answer: bool = False
) -> Any:
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=answer
    )


def device_id(hass: HomeAssistant, entry: MockConfigEntry, name: str) -> str:
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    (found,) = (device.id for device in devices if device.name == name)
    return found


async def test_what_is_wrong_is_told_in_words(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    await async_load_integrations(hass, {DOMAIN})  # Home Assistant does while it starts

    with pytest.raises(ServiceValidationError, match="None of the targets is a record"):
        await act(hass, "update_records", {})


async def test_actions_are_there_without_an_entry_and_say_what_is_missing(
    hass: HomeAssistant,
) -> None:
    assert await async_setup_component(hass, DOMAIN, {})

    with pytest.raises(ServiceValidationError) as no_record:
        await act(hass, "update_records", {})
    with pytest.raises(ServiceValidationError) as no_job:
        await act(hass, "sync", {"entity_id": "sensor.of_somebody_else"})
    with pytest.raises(ServiceValidationError) as nothing:
        await act(hass, "cancel", {})

    assert nothing.value.translation_key == "no_jobs_targeted"
    assert no_record.value.translation_key == "no_records_targeted"
    assert no_job.value.translation_key == "no_jobs_targeted"


async def test_all_records_follow_the_address_at_once(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    other = record(provider, "office.example.com")
    await load(hass, public_address(echo, record(provider), other))
    echo.ipv4 = SECOND
    freezer.tick(timedelta(hours=1))

    await act(hass, "update_records", {})
    await settle(hass)

    assert provider.records == {
        "home.example.com": {4: SECOND},
        "office.example.com": {4: SECOND},
    }


async def test_a_forced_update_calls_for_the_targeted_record_only(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider), record(provider, "office.example.com"))
    await load(hass, entry)
    provider.updates.clear()
    freezer.tick(timedelta(hours=1))

    device = device_id(hass, entry, "office.example.com")
    await act(hass, "update_records", {"device_id": device, "forced": True})

    assert [update.name for update in provider.updates] == ["office.example.com"]


async def test_the_device_of_the_public_address_stands_for_all_records(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server, freezer: FrozenDateTimeFactory
) -> None:
    entry = public_address(echo, record(provider), record(provider, "office.example.com"))
    await load(hass, entry)
    provider.updates.clear()
    freezer.tick(timedelta(hours=1))

    device = device_id(hass, entry, "Public address")
    await act(hass, "update_records", {"device_id": device, "forced": True})

    assert len(provider.updates) == 2


async def test_an_update_that_fails_says_why(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    await load(hass, public_address(echo, record(provider, "gone.example.com")))

    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "update_records", {})

    assert failed.value.translation_key == "record_not_updated"
    assert failed.value.translation_placeholders is not None
    assert failed.value.translation_placeholders["record"] == "gone.example.com"


async def test_without_an_address_there_is_nothing_to_update(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    echo.misbehave(Page())
    await load(hass, public_address(echo, record(provider)))

    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "update_records", {})

    assert failed.value.translation_key == "no_address"
    assert not provider.updates
    assert FIRST not in str(provider.records)


async def test_sync_waits_for_the_run_and_tells_what_it_did(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos, watch=False))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("idle")
    write_old(photos / "three.jpg", b"three")

    target = {"entity_id": watched.entity("job_status")}
    answer = await act(hass, "sync", target, answer=True)

    assert tree(nas.folder / "photos")["three.jpg"] == b"three"
    (run,) = answer["jobs"]
    assert (run["job"], run["result"], run["files_copied"]) == ("Photos", "completed", 1)
    await unload(hass, entry)


async def test_a_share_stands_for_all_of_its_jobs(
    hass: HomeAssistant, nas: Nas, photos: Path, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    write_old(tmp_path / "music" / "song.ogg", b"song")
    entry = share(nas.server, job(photos), job(tmp_path / "music", "Music"))
    await load(hass, entry)

    answer = await act(hass, "sync", {"device_id": device_id(hass, entry, "NAS")}, answer=True)

    assert {run["job"] for run in answer["jobs"]} == {"Photos", "Music"}
    assert set(tree(nas.folder)) == {"photos/one.jpg", "photos/two.jpg", "music/song.ogg"}
    await unload(hass, entry)


async def test_a_dry_run_tells_and_touches_nothing(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos, watch=False))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("idle")
    write_old(photos / "three.jpg", b"three")
    (photos / "one.jpg").unlink()

    target = {"entity_id": watched.entity("job_status"), "dry_run": True}
    answer = await act(hass, "sync", target, answer=True)

    (plan,) = answer["jobs"]
    assert plan["copy"] == ["three.jpg"]
    assert plan["trash"] == ["one.jpg"]
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    await unload(hass, entry)


async def test_a_dry_run_that_nobody_reads_is_refused(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)

    with pytest.raises(ServiceValidationError) as refused:
        await act(hass, "sync", {"entity_id": watched.entity("job_status"), "dry_run": True})

    assert refused.value.translation_key == "dry_run_without_response"
    await unload(hass, entry)


async def test_a_run_that_does_not_complete_is_an_error_for_who_does_not_read(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    empty(photos)
    await watched.until("held")

    target = {"entity_id": watched.entity("job_status")}
    with pytest.raises(HomeAssistantError) as failed:
        await act(hass, "sync", target)
    answer = await act(hass, "sync", target, answer=True)

    assert failed.value.translation_key == "sync_not_completed"
    assert answer["jobs"][0]["hold"]["reason"] == "source_emptied"
    await unload(hass, entry)


async def test_unloading_ends_a_sync_that_somebody_waits_for(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos))
    await load(hass, entry)
    owner = only_subentry(entry).subentry_id
    target = {"entity_id": entity_id(hass, "sensor", owner, "job_status")}
    for number in range(300):
        write_old(photos / f"{number}.raw", bytes(50_000))

    waiting = hass.async_create_task(act(hass, "sync", target))
    await unload(hass, entry)

    with pytest.raises(HomeAssistantError):
        await waiting
