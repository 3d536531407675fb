"""Repairs of a share: raised for what was seen, put right by a button, and gone once it is well."""

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.smb_ddns_sync.share_repairs import LONG, ShareRepairs
from custom_components.smb_ddns_sync.smb.facts import Cipher, Dialect, SessionFacts, Signing
from custom_components.smb_ddns_sync.smb.health import Health
from custom_components.smb_ddns_sync.smb.target import Address
from custom_components.smb_ddns_sync.store import EntryStore
from demo.samba import Account, Options, Protocol, SambaServer, Share

from .site import PASSWORD, SHARE, USERNAME, Nas, load, settle, share, unload
from .test_repairs import Frontend
from .test_share import a_minute_later

if TYPE_CHECKING:
    from pathlib import Path

    from freezegun.api import FrozenDateTimeFactory
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry
    from pytest_homeassistant_custom_component.typing import ClientSessionGenerator


async def much_later(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    freezer.tick(LONG)
    await a_minute_later(hass, freezer)


@pytest.fixture(name="silent")
async def silent_fixture(
    hass: HomeAssistant, nas: Nas, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Set a share up whose server has been silent for long."""
    entry = share(nas.server)
    await load(hass, entry)
    nas.server.stop()
    for _ in range(2):
        await a_minute_later(hass, freezer)
    assert not ir.async_get(hass).issues, "that is what a restart takes"
    await much_later(hass, freezer)
    return entry


async def test_a_share_that_is_silent_for_long_is_told_with_reason_and_since_when_until_it_is_back(
    hass: HomeAssistant,
    nas: Nas,
    silent: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    issue_registry: ir.IssueRegistry,
) -> None:
    (issue,) = issue_registry.issues.values()
    assert issue.translation_key == "share_unreachable"
    told = issue.translation_placeholders
    assert told is not None
    assert told["reason"].startswith("The server is there, but nothing listens")
    assert told["remedy"].endswith(".")

    await hass.config_entries.async_reload(silent.entry_id)
    await settle(hass)
    (issue,) = issue_registry.issues.values()
    assert issue.translation_placeholders == told, "a restart does not make it younger"

    nas.server.start()
    await a_minute_later(hass, freezer)
    assert not issue_registry.issues
    await unload(hass, silent)


async def test_a_person_can_have_it_looked_at_at_once(
    hass: HomeAssistant,
    nas: Nas,
    silent: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
) -> None:
    frontend = Frontend(hass, hass_client)
    ended = await frontend.submit(await frontend.open())
    assert (ended["type"], ended["reason"]) == ("abort", "still_silent")
    assert issue_registry.issues

    nas.server.start()
    shown = await frontend.open()
    assert (await frontend.submit(shown))["type"] == "create_entry"
    assert not issue_registry.issues
    await unload(hass, silent)


async def test_a_share_that_is_not_loaded_cannot_be_looked_at(
    hass: HomeAssistant, silent: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    frontend = Frontend(hass, hass_client)
    shown = await frontend.open()
    await unload(hass, silent)

    assert (await frontend.submit(shown))["reason"] == "not_running"


async def test_a_server_that_offers_smb_1_is_told_until_it_says_that_it_does_not(
    hass: HomeAssistant,
    tmp_path: Path,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    shares, accounts = (Share(SHARE, folder),), (Account(USERNAME, PASSWORD),)
    options = Options(min_protocol=Protocol.NT1)
    with SambaServer(tmp_path / "old", shares, accounts, options) as old:
        entry = share(old)
        await load(hass, entry)
        frontend = Frontend(hass, hass_client)
        ended = await frontend.submit(await frontend.open())
        assert ended["reason"] == "still_offered"

    with SambaServer(tmp_path / "new", shares, accounts, port=old.port):
        for _ in range(2):  # the first look finds that the connection is gone
            await entry.runtime_data.share.async_refresh()
        assert [issue.translation_key for issue in issue_registry.issues.values()] == [
            "smb1_offered"
        ]
        shown = await frontend.open()
        assert (await frontend.submit(shown))["type"] == "create_entry"
        assert not issue_registry.issues
        await unload(hass, entry)


LAN = SessionFacts(
    address=Address("nas"),
    peer="192.168.1.5",
    dialect=Dialect.SMB_3_1_1,
    signing=Signing.AES_GMAC,
    cipher=Cipher.AES_128_GCM,
    max_read=1,
    max_write=1,
    max_transact=1,
    server_guid=UUID(int=1),
)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (LAN, set()),
        (replace(LAN, cipher=None), set()),
        (replace(LAN, peer="1.1.1.1"), {"smb_port_open"}),
        (replace(LAN, peer="2606:4700::1111"), {"smb_port_open"}),
        (replace(LAN, peer="fe80::1%eth0"), set()),
        (replace(LAN, peer="1.1.1.1", address=Address("far", 4450)), set()),
        (
            replace(LAN, peer="1.1.1.1", address=Address("far", 4450), cipher=None),
            {"unencrypted_public"},
        ),
        # A provider's customers share such addresses: not the Internet, but not one's own either.
        (replace(LAN, peer="100.64.0.9", cipher=None), {"unencrypted_public"}),
        (replace(LAN, dialect=Dialect.SMB_2_1, cipher=None), {"server_old"}),
        (replace(LAN, dialect=Dialect.SMB_3_0), set()),
    ],
)
async def test_what_a_session_shows_is_told_and_taken_back_with_a_better_one(
    hass: HomeAssistant,
    issue_registry: ir.IssueRegistry,
    seen: SessionFacts,
    told: set[str],
) -> None:
    repairs = ShareRepairs(hass, "entry", EntryStore(hass, "entry"))

    await repairs.async_tell(Health(facts=seen), "NAS")
    assert {issue.translation_key for issue in issue_registry.issues.values()} == told

    await repairs.async_tell(Health(facts=LAN), "NAS")
    assert not issue_registry.issues


async def test_encryption_can_be_required_with_a_button(
    hass: HomeAssistant,
    nas: Nas,
    hass_client: ClientSessionGenerator,
    issue_registry: ir.IssueRegistry,
) -> None:
    entry = share(nas.server, encryption="never")
    await load(hass, entry)
    repairs = ShareRepairs(hass, entry.entry_id, entry.runtime_data.store)
    ir.async_delete_issue(hass, "smb_ddns_sync", f"encryption_off_{entry.entry_id}")
    far = replace(LAN, peer="1.1.1.1", address=Address("far", 4450), cipher=None)
    await repairs.async_tell(Health(facts=far), "NAS")
    frontend = Frontend(hass, hass_client)

    assert (await frontend.submit(await frontend.open()))["type"] == "create_entry"
    await settle(hass)

    assert entry.data["encryption"] == "public_address"
    assert not issue_registry.issues
    await unload(hass, entry)
