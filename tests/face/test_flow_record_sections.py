"""The folded sections of a record's form: nothing is stored of what most records need not say."""

from typing import TYPE_CHECKING, Any

from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.smb_ddns_sync.ddns.providers import PROVIDERS

from .forms import fields, only, reconfigure, suggested
from .forms import submit_subentry as submit
from .record_forms import cloudflare, open_form, public_address, record

if TYPE_CHECKING:
    from homeassistant.config_entries import SubentryFlowResult
    from homeassistant.core import HomeAssistant

    from tests.ddns.fakes.cloudflare import CloudflareApi

pytestmark = pytest.mark.usefixtures("entry_setup", "texts_of_flows", "cloudflare_api")

SHARED = {
    "standby_role": "standby",
    "standby_service": "smb",
    "standby_port": 445,
    "standby_checks": 5,
    "standby_host": "",
}


def standby(**changes: Any) -> dict[str, Any]:
    return cloudflare(standby=SHARED | changes)


async def test_only_providers_that_keep_texts_let_two_sites_share_a_name(
    hass: HomeAssistant,
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    offered = {
        provider
        for provider in PROVIDERS
        if "standby" in fields(await open_form(hass, entry, provider))
    }
    assert offered == {key for key, each in PROVIDERS.items() if each.keeps_texts}
    assert "cloudflare" in offered


async def test_a_record_of_one_site_alone_stores_nothing_of_it(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    shown = await open_form(hass, entry, "cloudflare")
    await submit(hass, shown, standby(standby_role="alone"))

    (subentry,) = entry.subentries.values()
    assert subentry.data == {"provider": "cloudflare", **cloudflare()}


async def test_a_shared_name_is_stored_and_shown_again(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)

    result = await submit(hass, await open_form(hass, entry, "cloudflare"), standby())

    assert result["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = entry.subentries.values()
    assert subentry.data == {"provider": "cloudflare", **cloudflare(), **SHARED}
    shown = await reconfigure(hass, entry, only(entry))
    assert suggested(shown).items() >= SHARED.items()


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (standby(standby_port=0), {"base": "port_out_of_range"}),
        (standby(standby_checks=61), {"base": "checks_out_of_range"}),
        (standby(standby_host="http://nas/"), {"base": "standby_host_invalid"}),
        (standby() | {"proxied": True}, {"base": "standby_proxied"}),
        (
            standby() | {"names": ["a.example.com", "b.example.com"]},
            {"names": "standby_one_name"},
        ),
    ],
)
async def test_what_cannot_be_used_is_told_and_kept(
    hass: HomeAssistant, form: dict[str, Any], errors: dict[str, str]
) -> None:
    entry = public_address(record("cloudflare", cloudflare()))
    entry.add_to_hass(hass)

    shown = await submit(hass, await reconfigure(hass, entry, only(entry)), form)

    assert shown["errors"] == errors
    assert suggested(shown)["standby_port"] == form["standby"]["standby_port"]
    assert (await submit(hass, shown, standby()))["type"] is FlowResultType.ABORT


def advanced(shown: SubentryFlowResult) -> set[str]:
    """Return the fields of the advanced section."""
    schema = shown["data_schema"]
    assert schema is not None
    return fields({"data_schema": schema.schema["advanced"].schema})


def inner(**more: Any) -> dict[str, Any]:
    return cloudflare(advanced={"inner_address": True}, **more)


async def test_a_record_may_hold_an_address_within_the_own_network(hass: HomeAssistant) -> None:
    entry = public_address(entities=["sensor.inside"])
    entry.add_to_hass(hass)

    await submit(hass, await open_form(hass, entry, "cloudflare"), inner())

    (subentry,) = entry.subentries.values()
    assert subentry.data == {"provider": "cloudflare", **cloudflare(), "inner_address": True}
    shown = await reconfigure(hass, entry, only(entry))
    assert suggested(shown)["inner_address"] is True


@pytest.mark.parametrize(
    ("options", "form", "error"),
    [
        ({}, inner(), "inner_untold"),
        ({"entities": ["sensor.inside"]}, inner(standby=SHARED), "inner_shared"),
    ],
)
async def test_an_inner_address_that_nobody_could_tell_or_reach_is_refused(
    hass: HomeAssistant, options: dict[str, Any], form: dict[str, Any], error: str
) -> None:
    entry = public_address(**options)
    entry.add_to_hass(hass)

    shown = await submit(hass, await open_form(hass, entry, "cloudflare"), form)

    assert shown["errors"] == {"base": error}


async def test_a_pin_is_minded_before_the_record_is_saved(
    hass: HomeAssistant, cloudflare_api: CloudflareApi
) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    form = cloudflare(advanced={"certificate_pins": "no pin"})

    shown = await submit(hass, await open_form(hass, entry, "cloudflare"), form)
    assert shown["errors"] == {"base": "pins_invalid"}

    form["advanced"] = {"certificate_pins": "00" * 32}
    shown = await submit(hass, shown, form)
    assert shown["errors"] == {"base": "provider_pin_mismatch"}
    assert not cloudflare_api.calls

    form["advanced"] = {"certificate_pins": ""}
    result = await submit(hass, shown, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_only_providers_that_are_called_over_http_have_pins(hass: HomeAssistant) -> None:
    entry = public_address()
    entry.add_to_hass(hass)
    without = {
        provider
        for provider in PROVIDERS
        if "certificate_pins" not in advanced(await open_form(hass, entry, provider))
    }
    assert without == {"rfc2136"}
