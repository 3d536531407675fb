"""Conditions: how things are, asked as automations ask."""

from dataclasses import replace
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from homeassistant.helpers import condition
from homeassistant.helpers import config_validation as cv
import probatio
import pytest

from custom_components.smb_ddns_sync.const import DOMAIN
from custom_components.smb_ddns_sync.coordinator import PublicAddressRuntime
from custom_components.smb_ddns_sync.ddns.nat import Nat, NatFinding

from .site import (
    FIRST,
    SECOND,
    Nas,
    Watched,
    empty,
    job,
    load,
    load_job,
    only_subentry,
    public_address,
    record,
    share,
    unload,
)
from .test_news import device_id

if TYPE_CHECKING:
    from pathlib import Path

    from homeassistant.core import HomeAssistant

    from demo.dyndns2 import Dyndns2Server
    from demo.echo import AddressEcho


async def is_met(hass: HomeAssistant, key: str, *owners: str, behavior: str = "any") -> bool:
    """Ask about the devices of entries or subentries."""
    asked: dict[str, Any] = {
        "condition": f"{DOMAIN}.{key}",
        "target": {"device_id": [device_id(hass, owner) for owner in owners]},
        "options": {"behavior": behavior},
    }
    config = await condition.async_validate_condition_config(hass, cv.CONDITION_SCHEMA(asked))
    checker = await condition.async_from_config(hass, config)
    return bool(checker.async_check())


async def test_a_job_is_in_sync_after_its_run_and_not_while_it_is_held(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry, watched = await load_job(hass, nas, photos)
    assert await is_met(hass, "job_is_in_sync", watched.id)
    assert not await is_met(hass, "job_is_held", watched.id)
    assert not await is_met(hass, "job_is_running", watched.id)

    empty(photos)
    await watched.until("held")
    assert not await is_met(hass, "job_is_in_sync", watched.id)
    assert await is_met(hass, "job_is_held", watched.id)

    await watched.call("switch", "turn_off", "enabled")
    await watched.until("paused")
    assert await is_met(hass, "job_is_paused", watched.id)
    await unload(hass, entry)
    assert not await is_met(hass, "job_is_paused", watched.id), "it is not there"


async def test_a_share_stands_for_its_jobs_and_all_of_them_may_be_asked_for(
    hass: HomeAssistant, nas: Nas, photos: Path
) -> None:
    entry = share(nas.server, job(photos), job(photos, "Other"))
    await load(hass, entry)
    paused, running = Watched(hass, entry, "Other"), Watched(hass, entry, "Photos")
    await paused.call("switch", "turn_off", "enabled")
    await paused.until("paused")
    await running.until("watching")

    assert await is_met(hass, "job_is_paused", entry.entry_id)
    assert not await is_met(hass, "job_is_paused", entry.entry_id, behavior="all")
    await unload(hass, entry)


async def test_a_share_is_reachable_while_its_server_answers(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server)
    await load(hass, entry)
    assert await is_met(hass, "share_is_reachable", entry.entry_id)

    nas.server.kill()
    await entry.runtime_data.share.async_refresh()
    assert not await is_met(hass, "share_is_reachable", entry.entry_id)
    await unload(hass, entry)


async def test_a_record_is_in_sync_once_its_provider_has_the_address(
    hass: HomeAssistant, echo: AddressEcho, provider: Dyndns2Server
) -> None:
    entry = public_address(echo, record(provider), record(provider, "unknown.example.com"))
    await load(hass, entry)
    good = only_subentry(entry, "home.example.com").subentry_id
    bad = only_subentry(entry, "unknown.example.com").subentry_id

    assert await is_met(hass, "record_is_in_sync", good)
    assert not await is_met(hass, "record_is_in_sync", bad)
    assert await is_met(hass, "record_is_in_sync", good, bad)
    assert not await is_met(hass, "record_is_in_sync", good, bad, behavior="all")


@pytest.mark.parametrize("nat", Nat)
async def test_an_address_is_shared_where_the_router_has_another_one(
    hass: HomeAssistant, echo: AddressEcho, nat: Nat
) -> None:
    entry = public_address(echo)
    await load(hass, entry)
    assert not await is_met(hass, "public_address_is_shared", entry.entry_id)
    router, seen = IPv4Address(FIRST), IPv4Address(SECOND)
    runtime = entry.runtime_data
    assert isinstance(runtime, PublicAddressRuntime)
    finding = NatFinding(nat, router, seen)
    runtime.address.async_set_updated_data(replace(runtime.address.data, nat=finding))

    assert await is_met(hass, "public_address_is_shared", entry.entry_id) == nat.is_problem


async def test_a_condition_about_nothing_is_refused(hass: HomeAssistant) -> None:
    asked = cv.CONDITION_SCHEMA({"condition": f"{DOMAIN}.job_is_held"})

    with pytest.raises(probatio.Invalid, match="target"):
        await condition.async_validate_condition_config(hass, asked)
