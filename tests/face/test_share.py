"""Shares: how they are, why not when not, and that they recover by themselves."""

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
import threading
from typing import TYPE_CHECKING

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.smb_ddns_sync.share import share_target
from custom_components.smb_ddns_sync.smb.errors import Cause
from custom_components.smb_ddns_sync.smb.target import Address
from demo.samba import Account, Options, Protocol, SambaServer, Share

from .shown_texts import TEXTS
from .site import PASSWORD, SHARE, USERNAME, Nas, load, settle, share, state, unload

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant


async def a_minute_later(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let the next look at the share happen."""
    freezer.tick(timedelta(seconds=61))
    async_fire_time_changed(hass)
    await settle(hass)


def shown(hass: HomeAssistant, entry: MockConfigEntry, key: str, platform: str = "sensor") -> str:
    return state(hass, platform, entry.entry_id, key).state


@pytest.fixture(name="lockable")
def lockable_fixture(tmp_path: Path) -> SambaServer:
    """Make a server that counts wrong passwords."""
    folder = tmp_path / "shared"
    folder.mkdir()
    return SambaServer(
        tmp_path / "samba",
        (Share(SHARE, folder),),
        (Account(USERNAME, PASSWORD),),
        Options(lockout_after=5),
    )


@asynccontextmanager
async def something_else(greeting: bytes) -> AsyncIterator[SambaServer]:
    """Listen where a server is expected, and speak another protocol."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield SambaServer(Path("/nonexistent"), (), (), port=port)


async def test_a_share_tells_how_it_is(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server)
    await load(hass, entry)

    assert shown(hass, entry, "share_status") == "ok"
    assert shown(hass, entry, "reachable", "binary_sensor") == STATE_ON
    assert shown(hass, entry, "dialect") == "3.1.1"
    assert shown(hass, entry, "active_address") == f"127.0.0.1:{nas.server.port}"
    assert float(shown(hass, entry, "round_trip_time")) > 0
    assert 0 < float(shown(hass, entry, "free_space")) <= float(shown(hass, entry, "total_space"))
    assert 0 <= float(shown(hass, entry, "used_space")) <= 100
    await unload(hass, entry)


async def test_a_share_that_is_well_has_nothing_to_explain(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server)
    await load(hass, entry)

    told = state(hass, "sensor", entry.entry_id, "share_status").attributes
    assert not {"explanation", "remedy", "detail"} & set(told)
    await unload(hass, entry)


async def test_a_share_that_is_not_well_says_why_and_what_to_do(
    hass: HomeAssistant, nas: Nas
) -> None:
    entry = share(nas.server, share="nowhere")
    await load(hass, entry)

    told = state(hass, "sensor", entry.entry_id, "share_status").attributes
    assert told["explanation"] == told["remedy"] == "no_such_share"
    await unload(hass, entry)


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_has_its_sentence_and_what_to_do(cause: Cause) -> None:
    texts = TEXTS["entity"]["sensor"]["share_status"]

    assert texts["state"][cause]
    for attribute in ("explanation", "remedy"):
        text = texts["state_attributes"][attribute]["state"][cause]
        assert text[0].isupper()
        assert text.endswith(".")


def test_no_two_causes_have_the_same_explanation() -> None:
    told = TEXTS["entity"]["sensor"]["share_status"]["state_attributes"]["explanation"]["state"]

    assert set(told) == set(Cause)
    assert len(set(told.values())) == len(told)


async def test_a_server_without_smb_1_is_told_so(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server)
    await load(hass, entry)

    assert shown(hass, entry, "smb1_offered", "binary_sensor") == STATE_OFF
    await unload(hass, entry)


async def test_a_server_that_still_offers_smb_1_has_a_problem_until_it_does_not(
    hass: HomeAssistant, tmp_path: Path, freezer: FrozenDateTimeFactory
) -> None:
    state_folder, folder = tmp_path / "samba", tmp_path / "shared"
    folder.mkdir()
    shares, accounts = (Share(SHARE, folder),), (Account(USERNAME, PASSWORD),)
    old = SambaServer(state_folder, shares, accounts, Options(min_protocol=Protocol.NT1))
    with old:
        entry = share(old)
        await load(hass, entry)
        assert shown(hass, entry, "smb1_offered", "binary_sensor") == STATE_ON

    with SambaServer(state_folder, shares, accounts, port=old.port):
        for _ in range(2):  # the first look finds that the connection is gone
            await a_minute_later(hass, freezer)
        assert shown(hass, entry, "smb1_offered", "binary_sensor") == STATE_ON, "asked daily"
        freezer.tick(timedelta(days=1))
        await a_minute_later(hass, freezer)

        assert shown(hass, entry, "smb1_offered", "binary_sensor") == STATE_OFF
        await unload(hass, entry)


async def test_an_entry_that_is_unloaded_leaves_no_thread(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server)
    await load(hass, entry)
    assert any(thread.name.startswith("share ") for thread in threading.enumerate())

    await unload(hass, entry)

    assert not any(thread.name.startswith("share ") for thread in threading.enumerate())


async def test_further_addresses_are_used_in_their_order(hass: HomeAssistant, nas: Nas) -> None:
    real = f"127.0.0.1:{nas.server.port}"
    entry = share(nas.server, host="127.0.0.9", port=1, addresses=["127.0.0.9:2", real])
    await load(hass, entry)

    assert shown(hass, entry, "share_status") == "ok"
    assert shown(hass, entry, "active_address") == real
    await unload(hass, entry)


def test_an_address_that_is_named_twice_is_tried_once() -> None:
    entered = {"host": "nas", "port": 445, "share": "x", "username": "a", "password": "b"}

    target = share_target({**entered, "addresses": ["10.8.0.2", "nas", "nas:4450"]})

    assert target.addresses == (Address("nas"), Address("10.8.0.2"), Address("nas", 4450))
    assert share_target(entered).addresses == (Address("nas"),)


async def test_a_share_tells_whether_it_is_encrypted(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server, encryption="always")
    await load(hass, entry)

    assert shown(hass, entry, "encrypted", "binary_sensor") == STATE_ON
    await unload(hass, entry)


async def test_a_dead_server_is_told_with_the_reason_and_its_return_is_noticed(
    hass: HomeAssistant, nas: Nas, freezer: FrozenDateTimeFactory
) -> None:
    entry = share(nas.server)
    await load(hass, entry)

    nas.server.kill()
    await a_minute_later(hass, freezer)
    assert shown(hass, entry, "share_status") == "connection_lost"
    await a_minute_later(hass, freezer)
    assert shown(hass, entry, "share_status") == "refused"
    assert shown(hass, entry, "reachable", "binary_sensor") == STATE_OFF
    assert shown(hass, entry, "free_space") == STATE_UNAVAILABLE
    assert shown(hass, entry, "round_trip_time") == STATE_UNAVAILABLE

    nas.server.start()
    await a_minute_later(hass, freezer)
    assert shown(hass, entry, "share_status") == "ok"
    assert shown(hass, entry, "reachable", "binary_sensor") == STATE_ON
    await unload(hass, entry)


async def test_a_dead_server_is_logged_once_and_so_is_its_return(
    hass: HomeAssistant,
    nas: Nas,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = share(nas.server)
    await load(hass, entry)
    nas.server.kill()
    for _ in range(3):
        await a_minute_later(hass, freezer)
    nas.server.start()
    for _ in range(3):
        await a_minute_later(hass, freezer)
    await unload(hass, entry)

    told = [
        record.levelname
        for record in caplog.records
        if record.name.startswith("custom_components") and record.levelname != "DEBUG"
    ]
    assert told == ["WARNING", "INFO"]


async def test_an_entry_loads_while_its_server_is_down(
    hass: HomeAssistant, nas: Nas, freezer: FrozenDateTimeFactory
) -> None:
    nas.server.stop()
    entry = share(nas.server)
    await load(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shown(hass, entry, "share_status") == "refused"

    nas.server.start()
    await a_minute_later(hass, freezer)

    assert shown(hass, entry, "share_status") == "ok"
    await unload(hass, entry)


async def test_a_server_that_speaks_something_else_is_named_so(hass: HomeAssistant) -> None:
    async with something_else(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        entry = share(server)
        await load(hass, entry)

        assert shown(hass, entry, "share_status") == "not_smb"
        await unload(hass, entry)


async def test_a_share_that_is_not_there_is_named_so(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server, share="nowhere")
    await load(hass, entry)

    assert shown(hass, entry, "share_status") == "no_such_share"
    await unload(hass, entry)


async def test_a_wrong_password_is_sent_once_and_a_person_is_asked(
    hass: HomeAssistant, lockable: SambaServer, freezer: FrozenDateTimeFactory
) -> None:
    with lockable:
        entry = share(lockable, password="wrong")
        await load(hass, entry)
        for _ in range(3):
            await a_minute_later(hass, freezer)

        assert shown(hass, entry, "share_status") == "wrong_password"
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["source"] == SOURCE_REAUTH
        assert lockable.bad_passwords(USERNAME) == 1
        await unload(hass, entry)


async def test_a_password_that_was_put_right_is_used_at_once(hass: HomeAssistant, nas: Nas) -> None:
    entry = share(nas.server, password="wrong")
    await load(hass, entry)

    hass.config_entries.async_update_entry(entry, data={**entry.data, "password": PASSWORD})
    await settle(hass)

    assert shown(hass, entry, "share_status") == "ok"
    await unload(hass, entry)


async def test_a_server_below_the_floor_is_a_repair_until_it_is_safe_again(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    tmp_path: Path,
    freezer: FrozenDateTimeFactory,
) -> None:
    state_folder, folder = tmp_path / "samba", tmp_path / "shared"
    folder.mkdir()
    shares, accounts = (Share(SHARE, folder),), (Account(USERNAME, PASSWORD),)
    plain = SambaServer(state_folder, shares, accounts, Options(extra={"smb encrypt": "off"}))
    with plain:
        entry = share(plain, encryption="always")
        await load(hass, entry)

        assert shown(hass, entry, "share_status") == "not_encrypted"
        (issue,) = issue_registry.issues.values()
        assert issue.translation_key == "share_below_floor_not_encrypted"

    with SambaServer(state_folder, shares, accounts, port=plain.port):
        await a_minute_later(hass, freezer)

        assert shown(hass, entry, "share_status") == "ok"
        assert not issue_registry.issues
        await unload(hass, entry)


async def test_giving_up_encryption_is_a_repair_that_says_what_it_means(
    hass: HomeAssistant, nas: Nas, issue_registry: ir.IssueRegistry
) -> None:
    entry = share(nas.server, encryption="never")
    await load(hass, entry)

    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "encryption_off"
    assert issue.severity is ir.IssueSeverity.WARNING

    await hass.config_entries.async_remove(entry.entry_id)
    assert not issue_registry.issues
