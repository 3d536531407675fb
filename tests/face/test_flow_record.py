"""The form of a record: proved at the provider, and every refusal told with what to do."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER
from homeassistant.data_entry_flow import FlowResultType
from probatio import Invalid, Schema
import pytest

from custom_components.smb_ddns_sync.ddns.fields import field_of
from custom_components.smb_ddns_sync.ddns.names import DnsName
from custom_components.smb_ddns_sync.ddns.outcome import (
    AuthRejected,
    BadAnswer,
    Banned,
    NameRejected,
    RetryAfter,
    Trouble,
    Unconfirmed,
)
from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS
from custom_components.smb_ddns_sync.ddns.providers.cloudflare import CloudflareProvider
from custom_components.smb_ddns_sync.record_form import provider_fields

from .forms import fields, options, suggested
from .forms import submit_subentry as submit
from .record_forms import (
    TOKEN,
    UPDATE_KEY,
    answers,
    cloudflare,
    dyndns2,
    open_form,
    public_address,
    record,
)
from .shown_texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from homeassistant.core import HomeAssistant

    from custom_components.smb_ddns_sync.ddns.provider import Provider
    from tests.ddns.fakes.cloudflare import CloudflareApi

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows", "cloudflare_api")


async def test_every_provider_can_be_chosen_and_has_a_form(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    for provider, description in PROVIDERS.items():
        shown = await hass.config_entries.subentries.async_init(
            (entry.entry_id, "record"), context={"source": SOURCE_USER}
        )
        titles = [description.title for description in PROVIDERS.values()]
        # The interface shows the value of what is chosen, so it must be what a person reads.
        assert options(shown, "provider") == titles
        assert len(set(titles)) == len(titles)
        shown = await submit(hass, shown, {"provider": provider})

        assert shown["step_id"] == "credentials"
        own = {field.key for field in description.fields}
        families = {f"ipv{family.value}" for family in description.families}
        sections = {"standby", "advanced"} if description.keeps_texts else {"advanced"}
        assert fields(shown) == {"names"} | families | own | sections
        placeholders = shown["description_placeholders"]
        assert placeholders is not None
        assert placeholders["provider"] == description.title
        assert (
            placeholders["note"]
            == TEXTS["selector"]["provider_note"]["options"][str(description.note)]
        )
        assert (description.credentials_url or "") in placeholders["link"]
        again = await hass.config_entries.subentries.async_configure(shown["flow_id"])
        assert again["step_id"] == "credentials"
        hass.config_entries.subentries.async_abort(shown["flow_id"])


@pytest.mark.parametrize("typed", ["no-ip", " No-IP ", "no_ip"])
async def test_a_provider_may_be_typed(hass: HomeAssistant, typed: str) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await open_form(hass, entry, typed)

    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["provider"] == "No-IP"


async def test_a_provider_that_there_is_not_can_be_put_right(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await open_form(hass, entry, "example.com")

    assert shown["step_id"] == "user"
    assert shown["errors"] == {"provider": "provider_unknown"}
    assert suggested(shown) == {"provider": "example.com"}
    shown = await submit(hass, shown, {"provider": "cloudflare"})
    assert shown["step_id"] == "credentials"


async def test_a_number_and_a_choice_are_asked_for_as_such() -> None:
    asked = [
        field_of("ttl", least=60, most=86400, default=300),
        field_of("method", choices=("GET", "POST"), default="GET"),
    ]

    filled_in = Schema(provider_fields(asked, {}))({"ttl": 600.0})

    assert filled_in == {"ttl": 600.0, "method": "GET"}
    with pytest.raises(Invalid):
        Schema(provider_fields(asked, {}))({"method": "DELETE"})


async def test_a_custom_call_is_saved_as_it_was_written(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    form = {
        "names": ["home.example.com"],
        "ipv4": True,
        "ipv6": False,
        "url": "https://dyn.example.net/{token}?host={name}&ip={ip}",
        "method": "POST",
        "token": TOKEN,
        "headers": "X-One: 1\nX-Two: 2",
    }

    shown = await open_form(hass, entry, "custom_url")
    shown = await submit(hass, shown, form | {"url": "https://{name}.example.net/{ip}"})
    assert shown["errors"] == {"url": "setting_misplaced_placeholder"}
    await submit(hass, shown, form | {"token": ""})

    (subentry,) = entry.subentries.values()
    assert subentry.data == {"provider": "custom_url", "password": "", **form}


async def test_a_record_that_the_provider_takes_is_added(
    hass: HomeAssistant, cloudflare_api: CloudflareApi
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    result = await submit(hass, await open_form(hass, entry, "cloudflare"), cloudflare())

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert subentry.subentry_type == "record"
    assert subentry.title == "home.example.com"
    assert subentry.unique_id == "record:cloudflare:home.example.com"
    assert subentry.data == {"provider": "cloudflare", **cloudflare()}
    assert cloudflare_api.calls
    assert not cloudflare_api.records


async def test_a_provider_that_cannot_be_asked_without_an_update_is_believed(
    hass: HomeAssistant,
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    await submit(hass, await open_form(hass, entry, "dyndns2"), dyndns2(username=" anna "))

    (subentry,) = entry.subentries.values()
    assert subentry.data == {"provider": "dyndns2", **dyndns2()}


async def test_names_are_understood_however_they_are_written(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    written = ["Home.Example.com., büro.example.com", "*.example.com home.example.com"]

    await submit(hass, await open_form(hass, entry, "dyndns2"), dyndns2(names=written))

    (subentry,) = entry.subentries.values()
    names = ["home.example.com", "xn--bro-hoa.example.com", "*.example.com"]
    assert subentry.data["names"] == names
    assert subentry.title == ", ".join(names)
    assert subentry.unique_id == f"record:dyndns2:{','.join(sorted(names))}"


@pytest.mark.parametrize(
    ("changes", "errors", "subject"),
    [
        ({"names": []}, {"names": "name_empty"}, ""),
        ({"names": ["home"]}, {"names": "name_not_qualified"}, "home"),
        ({"names": ["a.example.com", "a..b"]}, {"names": "name_empty_label"}, "a..b"),
        ({"names": ["8.8.8.8"]}, {"names": "name_an_address"}, "8.8.8.8"),
        ({"names": ["a_b.example.com"]}, {"names": "name_bad_character"}, "a_b.example.com"),
        ({"names": ["a.*.com"]}, {"names": "name_bad_wildcard"}, "a.*.com"),
        ({"names": ["x" * 64 + ".com"]}, {"names": "name_label_too_long"}, "x" * 64 + ".com"),
        ({"names": ["x." * 126 + "com"]}, {"names": "name_too_long"}, "x." * 126 + "com"),
        ({"ipv4": False}, {"base": "no_family"}, ""),
        ({"ipv6": True}, {"ipv6": "family_not_detected"}, "IPv6"),
        ({"server": "no server"}, {"server": "setting_not_a_url"}, ""),
        ({"server": "http://example.net"}, {"server": "setting_not_secure"}, ""),
        ({"server": "https://a:b@example.net"}, {"server": "setting_holds_credentials"}, ""),
        ({"username": " "}, {"username": "setting_missing"}, ""),
        ({"username": "an\nna"}, {"username": "setting_bad_character"}, ""),
        ({"password": ""}, {"password": "setting_missing"}, ""),
    ],
)
async def test_what_cannot_be_used_is_told_and_can_be_put_right(
    hass: HomeAssistant, changes: dict[str, Any], errors: dict[str, str], subject: str
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry, "dyndns2"), dyndns2(**changes))

    assert shown["type"] is FlowResultType.FORM
    assert shown["errors"] == errors
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"] == subject
    result = await submit(hass, shown, dyndns2())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_families_of_the_public_address_are_chosen_to_begin_with(
    hass: HomeAssistant,
) -> None:
    entry = public_address(ipv4=False, ipv6=True)
    entry.add_to_hass(hass)

    schema = (await open_form(hass, entry, "cloudflare"))["data_schema"]

    assert schema is not None
    filled_in = schema({"names": [], "api_token": ""})
    assert (filled_in["ipv4"], filled_in["ipv6"]) == (False, True)


async def test_a_refused_token_is_told_and_must_be_typed_again(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry, "cloudflare"), cloudflare(api_token="wrong")
    )

    assert shown["errors"] == {"base": "provider_auth_rejected"}
    assert "api_token" not in suggested(shown)
    shown = await submit(hass, shown, cloudflare(api_token=""))
    assert shown["errors"] == {"api_token": "setting_missing"}
    result = await submit(hass, shown, cloudflare())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_name_outside_the_account_is_told(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await submit(
        hass,
        await open_form(hass, entry, "cloudflare"),
        cloudflare(names=["home.example.com", "home.example.net"]),
    )

    assert shown["errors"] == {"names": "provider_name_rejected"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"] == "home.example.net"
    assert placeholders["provider"] == "Cloudflare"
    result = await submit(hass, shown, cloudflare(api_token=""))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("trouble", "errors"),
    [
        (AuthRejected("It said so."), {"base": "provider_auth_rejected"}),
        (NameRejected("It said so."), {"names": "provider_name_rejected"}),
        (Banned("It said so.", None), {"base": "provider_banned"}),
        (RetryAfter("It said so.", timedelta(minutes=5)), {"base": "provider_retry_after"}),
        (Unconfirmed("It said so."), {"base": "provider_unconfirmed"}),
        (BadAnswer("It said so."), {"base": "provider_bad_answer"}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_every_trouble_is_told_in_the_providers_words(
    hass: HomeAssistant, trouble: Trouble, errors: dict[str, str]
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    with answers({DnsName("home.example.com"): trouble}):
        shown = await submit(hass, await open_form(hass, entry, "cloudflare"), cloudflare())

    assert shown["errors"] == errors
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["message"] == "It said so."
    result = await submit(hass, shown, cloudflare())
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_refused_account_is_told_before_a_refused_name(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    said: dict[DnsName, Trouble | None] = {
        DnsName("a.example.com"): None,
        DnsName("b.example.com"): NameRejected("Not this name."),
        DnsName("c.example.com"): AuthRejected("Not this token."),
    }

    with answers(said):
        shown = await submit(
            hass, await open_form(hass, entry, "cloudflare"), cloudflare(names=list(said))
        )

    assert shown["errors"] == {"base": "provider_auth_rejected"}


async def test_a_name_is_kept_by_one_record_of_a_provider(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)
    names = ["office.example.com", "HOME.example.com"]

    shown = await submit(hass, await open_form(hass, entry, "cloudflare"), cloudflare(names=names))

    assert shown["errors"] == {"names": "name_in_use"}
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["subject"] == "home.example.com"
    result = await submit(hass, shown, cloudflare(names=["office.example.com"]))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_name_may_be_kept_at_two_providers(hass: HomeAssistant) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)

    result = await submit(hass, await open_form(hass, entry, "dyndns2"), dyndns2())

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_form_that_comes_back_keeps_all_but_the_secret(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    entered = dyndns2(names=["home"], both_at_once=False)

    shown = await submit(hass, await open_form(hass, entry, "dyndns2"), entered)

    assert suggested(shown) == {key: entered[key] for key in entered if key != "password"}
    await submit(hass, shown, dyndns2(password=""))
    (subentry,) = entry.subentries.values()
    assert subentry.data["password"] == UPDATE_KEY


async def test_a_slow_provider_shows_that_it_is_asked(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    go_on = asyncio.Event()

    async def check(_: Provider, names: Sequence[DnsName]) -> Mapping[DnsName, Trouble | None]:
        await go_on.wait()
        return dict.fromkeys(names)

    shown = await open_form(hass, entry, "cloudflare")
    with (
        patch.object(CloudflareProvider, "check", check),
        patch("custom_components.smb_ddns_sync.slow_check.PATIENCE", 0.01),
    ):
        shown = await hass.config_entries.subentries.async_configure(shown["flow_id"], cloudflare())
        assert shown["type"] is FlowResultType.SHOW_PROGRESS
        assert shown["progress_action"] == "check_record"
        go_on.set()
        await hass.async_block_till_done()
        result = await hass.config_entries.subentries.async_configure(shown["flow_id"])

    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_check_that_breaks_is_told_and_logged(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    with patch.object(CloudflareProvider, "check", side_effect=RuntimeError("broken in the test")):
        shown = await submit(hass, await open_form(hass, entry, "cloudflare"), cloudflare())

    assert shown["errors"] == {"base": "unknown"}
    assert "broken in the test" in caplog.text
    result = await submit(hass, shown, cloudflare(api_token=""))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_no_secret_is_logged(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await submit(
        hass, await open_form(hass, entry, "cloudflare"), cloudflare(names=["home"])
    )
    await submit(hass, shown, cloudflare())

    assert TOKEN not in caplog.text
