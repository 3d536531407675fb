"""Changing a record, and entering its credentials again after the provider refused them."""

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.coordinator import PublicAddressRuntime
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import NameRejected, Unconfirmed
from custom_components.smb_ddns_sync.ddns.provider import FieldKind
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS

from .forms import fields, only, reconfigure, suggested
from .forms import submit_subentry as submit
from .record_forms import (
    TOKEN,
    UPDATE_KEY,
    answers,
    cloudflare,
    dyndns2,
    public_address,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.config_entries import ConfigFlowResult
    from homeassistant.core import HomeAssistant
    from pytest_homeassistant_custom_component.common import MockConfigEntry

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows", "cloudflare_api")

OLD = "token-of-last-year"


async def loaded(hass: HomeAssistant, entry: MockConfigEntry) -> Mock:
    """Return what runs for the entry's record; its `async_resume` lets it go on."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    running = Mock(async_resume=AsyncMock())
    records = Mock(get=Mock(return_value=running))
    entry.runtime_data = PublicAddressRuntime(Mock(), Mock(), records)
    return running


async def log_in(
    hass: HomeAssistant, shown: ConfigFlowResult, entered: dict[str, Any]
) -> ConfigFlowResult:
    result = await hass.config_entries.flow.async_configure(shown["flow_id"], entered)
    await hass.async_block_till_done()
    return result


async def refused(hass: HomeAssistant, entry: MockConfigEntry) -> ConfigFlowResult:
    """Return the form that the refusal of the only record's credentials leads to."""
    return await entry.start_reauth_flow(hass, data={"subentry_id": only(entry)})


async def test_reconfiguring_shows_what_is_stored_but_the_secret(hass: HomeAssistant) -> None:
    entry = public_address(record("dyndns2", dyndns2()))
    entry.add_to_hass(hass)

    shown = await reconfigure(hass, entry, only(entry))

    assert shown["step_id"] == "credentials"
    assert suggested(shown) == {key: value for key, value in dyndns2().items() if key != "password"}


async def test_an_empty_secret_keeps_the_stored_one(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)

    shown = await reconfigure(hass, entry, only(entry))
    result = await submit(
        hass, shown, cloudflare(names=["b.example.com", "a.example.com"], api_token="")
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    subentry = entry.subentries[only(entry)]
    assert subentry.data == {
        "provider": "cloudflare",
        **cloudflare(names=["b.example.com", "a.example.com"]),
    }
    assert subentry.title == "b.example.com, a.example.com"
    assert subentry.unique_id == "record:cloudflare:a.example.com,b.example.com"


async def test_a_title_that_the_user_chose_stays(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)
    hass.config_entries.async_update_subentry(entry, entry.subentries[only(entry)], title="My home")

    shown = await reconfigure(hass, entry, only(entry))
    await submit(hass, shown, cloudflare(names=["b.example.com"]))

    assert entry.subentries[only(entry)].title == "My home"


async def test_a_new_secret_is_stored_once_it_works(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare(api_token=OLD)))
    entry.add_to_hass(hass)

    shown = await reconfigure(hass, entry, only(entry))
    shown = await submit(hass, shown, cloudflare(api_token="wrong"))
    assert shown["errors"] == {"base": "provider_auth_rejected"}
    assert entry.subentries[only(entry)].data["api_token"] == OLD
    result = await submit(hass, shown, cloudflare())

    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries[only(entry)].data["api_token"] == TOKEN


async def test_a_record_may_keep_its_own_names(hass: HomeAssistant) -> None:
    entry = public_address(
        record("cloudflare", cloudflare()),
        record("cloudflare", cloudflare(names=["b.example.com"])),
    )
    entry.add_to_hass(hass)
    first = next(iter(entry.subentries))

    shown = await reconfigure(hass, entry, first)
    shown = await submit(hass, shown, cloudflare(names=["b.example.com"]))
    assert shown["errors"] == {"names": "name_in_use"}
    result = await submit(hass, shown, cloudflare(proxied=True))

    assert result["reason"] == "reconfigure_successful"
    assert entry.subentries[first].data["proxied"] is True


async def test_a_stopped_record_goes_on_when_its_form_is_saved_without_a_change(
    hass: HomeAssistant,
) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    running = await loaded(hass, entry)

    shown = await reconfigure(hass, entry, only(entry))
    await submit(hass, shown, cloudflare(api_token=""))

    running.async_resume.assert_awaited_once()


async def test_a_changed_record_is_left_to_the_listener(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    running = await loaded(hass, entry)
    entry.add_update_listener(listener := AsyncMock())

    shown = await reconfigure(hass, entry, only(entry))
    await submit(hass, shown, cloudflare(proxied=True))

    listener.assert_awaited_once()
    running.async_resume.assert_not_awaited()


async def test_a_record_that_does_not_run_is_saved_all_the_same(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    running = await loaded(hass, entry)
    entry.runtime_data.records.get.return_value = None

    shown = await reconfigure(hass, entry, only(entry))
    result = await submit(hass, shown, cloudflare())

    assert result["reason"] == "reconfigure_successful"
    running.async_resume.assert_not_awaited()


async def test_a_record_of_a_provider_that_is_gone_cannot_be_changed(
    hass: HomeAssistant,
) -> None:
    entry = public_address(record("gone", cloudflare()))
    entry.add_to_hass(hass)

    result = await reconfigure(hass, entry, only(entry))

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "provider_gone"


async def test_every_provider_can_be_given_its_secrets_again(hass: HomeAssistant) -> None:
    for provider, description in PROVIDERS.items():
        entry = public_address(record(provider, cloudflare()))
        entry.add_to_hass(hass)

        shown = await refused(hass, entry)

        assert shown["step_id"] == "reauth_record"
        assert fields(shown) == {
            field.key for field in description.fields if field.kind is FieldKind.SECRET
        }
        assert suggested(shown) == {}
        placeholders = shown["description_placeholders"]
        assert placeholders is not None
        assert placeholders["record"] == "home.example.com"
        await hass.config_entries.async_remove(entry.entry_id)


async def test_new_credentials_are_stored_once_they_work(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare(api_token=OLD)))
    entry.add_to_hass(hass)

    shown = await refused(hass, entry)
    shown = await log_in(hass, shown, {"api_token": "wrong"})
    assert shown["errors"] == {"base": "provider_auth_rejected"}
    shown = await log_in(hass, shown, {"api_token": "new\nline"})
    assert shown["errors"] == {"api_token": "setting_bad_character"}
    result = await log_in(hass, shown, {"api_token": TOKEN})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.subentries[only(entry)].data == {"provider": "cloudflare", **cloudflare()}


async def test_credentials_that_could_not_be_tried_need_not_be_typed_again(
    hass: HomeAssistant,
) -> None:
    entry = public_address(record("cloudflare", cloudflare(api_token=OLD)))
    entry.add_to_hass(hass)

    shown = await refused(hass, entry)
    with answers({DnsName("home.example.com"): Unconfirmed("No answer came.")}):
        shown = await log_in(hass, shown, {"api_token": TOKEN})
    assert shown["errors"] == {"base": "provider_unconfirmed"}
    await log_in(hass, shown, {"api_token": ""})

    assert entry.subentries[only(entry)].data["api_token"] == TOKEN


async def test_a_refused_name_is_told_in_the_form_that_has_no_names(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare(api_token=OLD)))
    entry.add_to_hass(hass)

    shown = await refused(hass, entry)
    with answers({DnsName("home.example.com"): NameRejected("Not this name.")}):
        shown = await log_in(hass, shown, {"api_token": TOKEN})

    assert shown["errors"] == {"base": "provider_name_rejected"}


async def test_the_same_credentials_again_let_the_record_go_on(hass: HomeAssistant) -> None:
    entry = public_address(record("dyndns2", dyndns2()))
    running = await loaded(hass, entry)

    shown = await refused(hass, entry)
    result = await log_in(hass, shown, {"password": UPDATE_KEY})

    assert result["reason"] == "reauth_successful"
    running.async_resume.assert_awaited_once()


@pytest.mark.parametrize(
    ("lose", "reason"),
    [
        (
            lambda hass, entry: hass.config_entries.async_remove_subentry(entry, only(entry)),
            "record_gone",
        ),
        (
            lambda hass, entry: hass.config_entries.async_update_subentry(
                entry,
                entry.subentries[only(entry)],
                data={**entry.subentries[only(entry)].data, "provider": "gone"},
            ),
            "provider_gone",
        ),
    ],
    ids=["record", "provider"],
)
async def test_what_is_gone_meanwhile_needs_no_credentials(
    hass: HomeAssistant,
    lose: Callable[[HomeAssistant, MockConfigEntry], bool],
    reason: str,
) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)

    shown = await refused(hass, entry)
    lose(hass, entry)
    result = await log_in(hass, shown, {"api_token": TOKEN})

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == reason


async def test_a_reauthentication_that_names_no_record_has_nothing_to_ask(
    hass: HomeAssistant,
) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)

    result = await entry.start_reauth_flow(hass)

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "record_gone"
