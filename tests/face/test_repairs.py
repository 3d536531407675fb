"""Repairs with a button, pressed as the frontend does it."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.ddns.provider import Expiry, ProviderId
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS

from .site import (
    FIRST,
    Nas,
    Watched,
    empty,
    job,
    load,
    load_job,
    public_address,
    record,
    settle,
    share,
    tree,
    unload,
    until,
    write_old,
)

if TYPE_CHECKING:
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho

FIX = "/api/repairs/issues/fix"


class Frontend:
    """Someone who looks at the repairs."""

    def __init__(self, hass: HomeAssistant, client: ClientSessionGenerator) -> None:
        self._hass = hass
        self._make_client = client

    async def open(self) -> dict[str, Any]:
        """Open the only repair there is; return what is shown."""
        assert await async_setup_component(self._hass, "repairs", {})
        (issue,) = ir.async_get(self._hass).issues.values()
        self._client = await self._make_client()
        return await self._post(FIX, {"handler": DOMAIN, "issue_id": issue.issue_id})

    async def submit(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Press the button; return what comes next."""
        return await self._post(f"{FIX}/{shown['flow_id']}", {})

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        response = await self._client.post(path, json=body)
        assert response.status == HTTPStatus.OK
        result: dict[str, Any] = await response.json()
        return result


async def hold(watched: Watched, photos: Path) -> None:
    """Empty the folder, so that the job is held."""
    empty(photos)
    await watched.until("held")


async def test_releasing_a_hold_carries_it_out_and_keeps_the_files_in_the_trash(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await hold(watched, photos)
    frontend = Frontend(hass, hass_client)

    shown = await frontend.open()
    assert shown["step_id"] == "confirm"
    assert "one.jpg" in shown["description_placeholders"]["examples"]
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}

    done = await frontend.submit(shown)
    assert done["type"] == "create_entry"
    await until(lambda: not tree(nas.folder / "photos"))
    await watched.until("watching")
    trash = nas.folder / "photos" / ".smb_ddns_sync" / "trash"
    assert sorted(path.name for path in trash.rglob("*.jpg")) == ["one.jpg", "two.jpg"]
    assert not ir.async_get(hass).issues
    await unload(hass, entry)


async def test_a_hold_that_has_ended_meanwhile_releases_nothing(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await hold(watched, photos)
    frontend = Frontend(hass, hass_client)
    shown = await frontend.open()

    write_old(photos / "one.jpg", b"one")
    write_old(photos / "two.jpg", b"two")
    await watched.call("button", "press", "sync_now")
    await watched.until("watching")
    ended = await frontend.submit(shown)

    assert (ended["type"], ended["reason"]) == ("abort", "no_longer_held")
    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    await unload(hass, entry)


async def test_a_hold_of_a_job_that_does_not_run_cannot_be_released(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    await hold(watched, photos)
    frontend = Frontend(hass, hass_client)
    shown = await frontend.open()

    await unload(hass, entry)
    ended = await frontend.submit(shown)

    assert (ended["type"], ended["reason"]) == ("abort", "not_running")


async def test_a_folder_that_is_missing_deletes_nothing_and_comes_back_by_itself(
    hass: HomeAssistant, nas: Nas, photos: Path, issue_registry: ir.IssueRegistry
) -> None:
    missing = photos.with_name("not-mounted")
    entry = share(nas.server, job(missing))
    await load(hass, entry)
    watched = Watched(hass, entry)
    await watched.until("held")
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "deletions_held_source_missing"

    await hass.async_add_executor_job(photos.rename, missing)
    await watched.call("button", "press", "sync_now")
    await watched.until("watching")

    assert tree(nas.folder / "photos") == {"one.jpg": b"one", "two.jpg": b"two"}
    assert not issue_registry.issues
    await unload(hass, entry)


async def test_a_name_that_was_put_right_at_the_provider_is_tried_again(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    echo: AddressEcho,
    provider: Dyndns2Server,
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = public_address(echo, record(provider, "new.example.com"))
    await load(hass, entry)
    freezer.tick(timedelta(minutes=2))  # the least between two calls at this provider
    frontend = Frontend(hass, hass_client)
    shown = await frontend.open()
    assert shown["description_placeholders"]["names"] == "new.example.com"

    provider.records["new.example.com"] = {}
    await frontend.submit(shown)
    await settle(hass)

    assert provider.records["new.example.com"] == {4: FIRST}
    assert not ir.async_get(hass).issues


async def test_a_name_that_has_to_be_confirmed_is_told_of_until_it_is(
    hass: HomeAssistant,
    echo: AddressEcho,
    provider: Dyndns2Server,
    freezer: FrozenDateTimeFactory,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
) -> None:
    thirty_days = Expiry(timedelta(days=30), renewed_by_update=False)
    described = replace(PROVIDERS[ProviderId("dyndns2")], expiry=thirty_days)
    freezer.tick(timedelta(days=-25))  # the frontend's own token is of today
    providers = {**PROVIDERS, described.id: described}
    with patch("custom_components.smb_ddns_sync.record.PROVIDERS", providers):
        entry = public_address(echo, record(provider))
        await load(hass, entry)
    assert not issue_registry.issues
    begun = dt_util.utcnow()

    freezer.tick(timedelta(days=25))
    async_fire_time_changed(hass)
    await settle(hass)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "record_ends"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["date"] == f"{begun + timedelta(days=30):%Y-%m-%d}"

    frontend = Frontend(hass, hass_client)
    await frontend.submit(await frontend.open())
    await settle(hass)

    assert not issue_registry.issues
    assert len(provider.updates) == 1
