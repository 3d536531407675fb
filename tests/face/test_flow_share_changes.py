"""Changing a share that is set up, and logging in again after its server refused the account."""

from typing import TYPE_CHECKING
from unittest.mock import AsyncMock

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.smb import errors

from .forms import fields, suggested
from .share_forms import SECRET, data, form, stored, submit

if TYPE_CHECKING:
    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.smb.errors import SmbError

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows")


async def test_reconfiguring_shows_what_is_stored_but_the_password(hass: HomeAssistant) -> None:
    entry = stored(domain="HOME", encryption="always", addresses=["home.example.com:4450"])
    entry.add_to_hass(hass)

    shown = await entry.start_reconfigure_flow(hass)

    assert shown["step_id"] == "share"
    assert suggested(shown) == {
        "host": "nas.local",
        "port": 445,
        "share": "photos",
        "username": "anna",
        "addresses": ["home.example.com:4450"],
        "domain": "HOME",
        "encryption": "always",
        "backup_folder": "homeassistant-backups",
    }


@pytest.mark.usefixtures("looks")
async def test_an_entry_of_a_time_without_further_addresses_can_be_given_some(
    hass: HomeAssistant,
) -> None:
    entry = stored()
    old = {key: value for key, value in entry.data.items() if key != "addresses"}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data=old)

    shown = await entry.start_reconfigure_flow(hass)
    assert "addresses" not in suggested(shown)
    await submit(hass, shown, form(password="", addresses=["10.8.0.2"]))

    assert entry.data == data(addresses=["10.8.0.2"])


@pytest.mark.usefixtures("looks")
async def test_an_empty_password_keeps_the_stored_one(hass: HomeAssistant) -> None:
    entry = stored()
    entry.add_to_hass(hass)

    shown = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, shown, form(host="10.0.0.9", password=""))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == data(host="10.0.0.9")
    assert entry.unique_id == "share:10.0.0.9:445/photos"
    assert entry.title == "photos (10.0.0.9)"


async def test_a_new_password_is_stored_once_it_works(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    looks.append(errors.WrongPassword("anna"))

    shown = await entry.start_reconfigure_flow(hass)
    shown = await submit(hass, shown, form(password="new"))
    assert shown["errors"] == {"base": "wrong_password"}
    assert entry.data == data()
    result = await submit(hass, shown, form(password="newer"))

    assert result["reason"] == "reconfigure_successful"
    assert entry.data == data(password="newer")


@pytest.mark.usefixtures("looks")
async def test_a_title_that_the_user_chose_stays(hass: HomeAssistant) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="Holiday photos")

    shown = await entry.start_reconfigure_flow(hass)
    await submit(hass, shown, form(host="10.0.0.9", password=""))

    assert entry.title == "Holiday photos"


@pytest.mark.usefixtures("looks")
async def test_it_cannot_become_another_entrys_share(hass: HomeAssistant) -> None:
    entry, other = stored(), stored(share="music")
    entry.add_to_hass(hass)
    other.add_to_hass(hass)

    shown = await entry.start_reconfigure_flow(hass)
    result = await submit(hass, shown, form(share="music", password=""))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data == data()


async def test_another_entry_that_came_meanwhile_keeps_its_share(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    looks.append(errors.Full("music"))

    shown = await entry.start_reconfigure_flow(hass)
    shown = await submit(hass, shown, form(share="music", password=""))
    assert shown["step_id"] == "share_full"
    stored(share="music").add_to_hass(hass)
    result = await submit(hass, shown, {"next_step_id": "save_share"})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert entry.data == data()


@pytest.mark.usefixtures("looks")
async def test_an_entry_that_nothing_watches_is_set_up_anew(
    hass: HomeAssistant, entry_setup: AsyncMock
) -> None:
    entry = stored()
    entry.add_to_hass(hass)

    shown = await entry.start_reconfigure_flow(hass)
    await submit(hass, shown, form(password=""))

    entry_setup.assert_awaited_once()


@pytest.mark.usefixtures("looks")
async def test_after_a_refusal_the_new_password_is_stored_once_it_works(
    hass: HomeAssistant, entry_setup: AsyncMock
) -> None:
    entry = stored(domain="HOME")
    entry.add_to_hass(hass)

    shown = await entry.start_reauth_flow(hass)
    assert shown["step_id"] == "reauth_share"
    assert fields(shown) == {"username", "password"}
    assert suggested(shown) == {"username": "anna"}
    result = await submit(hass, shown, {"username": "anna", "password": "new"})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data == data(domain="HOME", password="new")
    entry_setup.assert_awaited_once()


@pytest.mark.usefixtures("looks")
async def test_another_account_can_be_entered(hass: HomeAssistant) -> None:
    entry = stored()
    entry.add_to_hass(hass)

    shown = await entry.start_reauth_flow(hass)
    await submit(hass, shown, {"username": "HOME\\ben", "password": "new"})

    assert entry.data == data(username="ben", domain="HOME", password="new")
    assert entry.unique_id == "share:nas.local:445/photos"


async def test_a_password_that_is_refused_again_is_asked_for_again(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    looks.append(errors.AccountLocked("anna"))

    shown = await entry.start_reauth_flow(hass)
    shown = await submit(hass, shown, {"username": "anna", "password": "new"})
    assert shown["step_id"] == "reauth_share"
    assert shown["errors"] == {"base": "account_locked"}
    shown = await submit(hass, shown, {"username": "anna", "password": ""})
    assert shown["errors"] == {"password": "password_missing"}
    result = await submit(hass, shown, {"username": "anna", "password": "newer"})

    assert result["reason"] == "reauth_successful"


async def test_a_password_that_could_not_be_tried_need_not_be_typed_again(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    looks.append(errors.TimedOut("nas.local"))

    shown = await entry.start_reauth_flow(hass)
    shown = await submit(hass, shown, {"username": "anna", "password": "new"})
    assert shown["errors"] == {"base": "timed_out"}
    await submit(hass, shown, {"username": "anna", "password": ""})

    assert entry.data == data(password="new")


async def test_after_a_refusal_an_account_that_may_only_read_is_told(
    hass: HomeAssistant, looks: list[SmbError | None]
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    looks.append(errors.ReadOnly("photos"))

    shown = await entry.start_reauth_flow(hass)
    shown = await submit(hass, shown, {"username": "ben", "password": "new"})
    assert shown["step_id"] == "share_read_only"
    shown = await submit(hass, shown, {"next_step_id": "change_share"})
    assert shown["step_id"] == "reauth_share"
    assert suggested(shown) == {"username": "ben"}
    await submit(hass, shown, {"username": "anna", "password": "new"})

    assert entry.data == data(password="new")


@pytest.mark.usefixtures("looks")
async def test_the_same_password_again_lets_the_share_be_tried_again(
    hass: HomeAssistant, entry_setup: AsyncMock
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    entry.add_update_listener(AsyncMock())
    entry_setup.reset_mock()

    shown = await entry.start_reauth_flow(hass)
    await submit(hass, shown, {"username": "anna", "password": SECRET})

    entry_setup.assert_awaited_once()


@pytest.mark.usefixtures("looks")
async def test_a_loaded_entry_is_left_to_its_listener(
    hass: HomeAssistant, entry_setup: AsyncMock
) -> None:
    entry = stored()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    entry.add_update_listener(listener := AsyncMock())
    entry_setup.reset_mock()

    shown = await entry.start_reauth_flow(hass)
    await submit(hass, shown, {"username": "anna", "password": "new"})

    listener.assert_awaited_once()
    entry_setup.assert_not_awaited()
